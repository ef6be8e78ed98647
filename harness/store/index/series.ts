import { cellWords } from '../../model/cell.ts';
import { metricOf } from '../../model/metric.ts';
import type { Cell, CellVerdict } from '../../model/run.ts';
import type { SeriesId, SeriesPoint, StoredSeries } from '../../model/series.ts';
import type { ArchiveProblem } from '../verify.ts';
import { snapshot } from './database.ts';
import type { RunIndex } from './database.ts';
import { orderedRuns } from './runs.ts';
import type { RunRow } from './runs.ts';

/** What is wanted of the index; all of it where nothing is said. */
export interface SeriesFilter {
  readonly testbed?: string;
  readonly fingerprint?: string;
  readonly settings?: string;
  /** A part of the cell's words, in any case: `firewall, 64 B`. */
  readonly cell?: string;
  readonly metric?: string;
  /** So many of the newest runs of each series; 365 where nothing is said. */
  readonly runsMax?: number;
}

export interface SeriesRead {
  /** By testbed, cell, metric and their first run; points in the order of time. Each has a point. */
  readonly series: readonly StoredSeries[];
  /** Runs that are in no series, or not in all of theirs, and why. */
  readonly problems: readonly ArchiveProblem[];
}

/** A year of nights. */
export const runsMaxDefault = 365;

/** The series of an index, as it is at one moment. What cannot be put in an order is told and left out. */
export function readSeries(index: RunIndex, filter: SeriesFilter = {}): SeriesRead {
  // Another process may write in between, and give the number of a run that it removes to another one.
  return snapshot(index.db, () => readAll(index, filter));
}

function readAll(index: RunIndex, filter: SeriesFilter): SeriesRead {
  const ordered = orderedRuns(index);
  const problems = new Map(ordered.problems.map((problem) => [problem.file, problem]));
  const runs = new Map(ordered.runs.map((run) => [run.runId, run]));
  const overlaps = (problem: ArchiveProblem) => {
    if (!problems.has(problem.file)) problems.set(problem.file, problem);
  };
  const figures = index.db.prepare(
    'SELECT run_id, verdict, value, control FROM figures WHERE series_id = ? ORDER BY started_ms DESC, run_id DESC',
  );
  const series = seriesRows(index, filter).flatMap(({ seriesId, id }): StoredSeries[] => {
    const newest: { readonly run: RunRow; readonly point: SeriesPoint }[] = [];
    for (const row of figures.iterate(seriesId)) {
      const run = runs.get(Number(row['run_id']));
      if (run === undefined) continue;
      newest.push({ run, point: pointOf(run, row) });
      if (newest.length >= (filter.runsMax ?? runsMaxDefault)) break;
    }
    const points = oneAfterTheOther(newest.reverse(), overlaps);
    return points.length === 0 ? [] : [{ id, points }];
  });
  return {
    series: sorted(series),
    problems: [...problems.values()].sort((a, b) => compare(a.file, b.file)),
  };
}

/** What a filter can name, in alphabetical order. */
export interface KnownNames {
  readonly testbeds: readonly string[];
  readonly fingerprints: readonly string[];
  readonly settings: readonly string[];
  readonly metrics: readonly string[];
}

export function knownNames({ db }: RunIndex): KnownNames {
  const distinct = (column: string) =>
    db
      .prepare(`SELECT DISTINCT ${column} AS name FROM series ORDER BY ${column}`)
      .all()
      .map((row) => row['name'] as string);
  return {
    testbeds: distinct('testbed'),
    fingerprints: distinct('fingerprint'),
    settings: distinct('settings'),
    metrics: distinct('metric'),
  };
}

interface SeriesRow {
  readonly seriesId: number;
  readonly id: SeriesId;
}

function seriesRows({ db }: RunIndex, filter: SeriesFilter): SeriesRow[] {
  const wanted = filter.cell?.toLowerCase() ?? '';
  return db
    .prepare('SELECT series_id, testbed, fingerprint, settings, cell, metric FROM series')
    .all()
    .flatMap((row): SeriesRow[] => {
      const [testbed, fingerprint] = [row['testbed'] as string, row['fingerprint'] as string];
      // The index was written from checked archives, by this version.
      const cell = JSON.parse(row['cell'] as string) as Cell;
      const metric = metricOf(row['metric'] as string);
      const isWanted =
        metric !== null &&
        (filter.testbed ?? testbed) === testbed &&
        (filter.fingerprint ?? fingerprint) === fingerprint &&
        (filter.settings ?? row['settings']) === row['settings'] &&
        (filter.metric ?? metric.name) === metric.name &&
        cellWords(cell).toLowerCase().includes(wanted);
      if (!isWanted) return [];
      const id = { testbed, fingerprint, settings: row['settings'] as string, cell, metric };
      return [{ seriesId: Number(row['series_id']), id }];
    });
}

function pointOf(run: RunRow, row: Readonly<Record<string, unknown>>): SeriesPoint {
  return {
    runId: run.id,
    startedAt: run.startedAt,
    commit: run.commit,
    ...(run.isDirty && { isDirty: true as const }),
    archive: run.path,
    value: row['value'] as number | null,
    control: row['control'] as number | null,
    verdict: row['verdict'] as CellVerdict,
  };
}

/** One testbed measures one cell once at a time: a run that starts before its predecessor has finished was timed by a clock that ran backwards. */
function oneAfterTheOther(
  inTime: readonly { readonly run: RunRow; readonly point: SeriesPoint }[],
  onOverlap: (problem: ArchiveProblem) => void,
): SeriesPoint[] {
  let last: RunRow | null = null;
  return inTime.flatMap(({ run, point }) => {
    if (last?.finishedMs && run.startedMs < last.finishedMs) {
      const finishedAt = new Date(last.finishedMs).toISOString();
      onOverlap({
        file: run.path,
        problem: `the clock ran backwards: it started at ${run.startedAt} on ${run.testbed}, before ${last.path} had finished (${finishedAt}); it is left out`,
      });
      return [];
    }
    last = run;
    return [point];
  });
}

/** Frame sizes and loads as numbers: 64 before 1518. */
const byWords = new Intl.Collator('en', { numeric: true });

function sorted(series: readonly StoredSeries[]): StoredSeries[] {
  const named = series.map((one) => ({
    one,
    words: [one.id.testbed, cellWords(one.id.cell), one.id.metric.name],
    firstMs: Date.parse(one.points[0]?.startedAt ?? ''),
  }));
  const order = named.toSorted((a, b) => {
    const differ = a.words
      .map((word, i) => byWords.compare(word, b.words[i] ?? ''))
      .find((sign) => sign !== 0);
    return differ ?? a.firstMs - b.firstMs;
  });
  return order.map(({ one }) => one);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
