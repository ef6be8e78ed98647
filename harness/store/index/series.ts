import { cellWords } from '../../model/cell.ts';
import { metricOf } from '../../model/metric.ts';
import type { Cell, CellVerdict } from '../../model/run.ts';
import type { SeriesId, SeriesPoint, StoredSeries } from '../../model/series.ts';
import { cellSchema } from '../schema.ts';
import type { ArchiveProblem } from '../verify.ts';
import type { RunIndex } from './database.ts';
import { jsonOf, readDocuments } from './documents.ts';
import type { Documents } from './documents.ts';
import { findOrigin, originOf } from './origins.ts';
import { numberOf, numberOrNull, oneOf, strange, textOf } from './rows.ts';
import { orderedRuns } from './runs.ts';
import type { OrderedRuns, RunRow } from './runs.ts';
import type { Sql, SqlRow } from './sql.ts';

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
  /** What the fingerprints and settings of these series stand for. */
  readonly documents: Documents;
}

/** A year of nights. */
export const runsMaxDefault = 365;

/** The series of an index, as it is at one moment. What cannot be put in an order is told and left out. `dir` is the directory that is looked at, in an index of several. */
export async function readSeries(
  index: RunIndex,
  filter: SeriesFilter = {},
  dir?: string,
): Promise<SeriesRead> {
  // Another process may write in between, and give the number of a run that it removes to another one.
  return index.snapshot(async (sql) => {
    const isAlone = index.file !== null;
    const ownId = isAlone || dir !== undefined ? await findOrigin(sql, originOf(index, dir ?? '')) : null;
    return readAll(sql, filter, ownId);
  });
}

async function readAll(sql: Sql, filter: SeriesFilter, ownId: number | null): Promise<SeriesRead> {
  const ordered = await orderedRuns(sql, ownId);
  const problems = new Map(ordered.problems.map((problem) => [problem.file, problem]));
  const overlaps = (problem: ArchiveProblem) => {
    if (!problems.has(problem.file)) problems.set(problem.file, problem);
  };
  const rows = await seriesRows(sql, filter);
  const points = await newestPoints(sql, rows, ordered, filter.runsMax ?? runsMaxDefault);
  const series = rows.flatMap(({ seriesId, id }): StoredSeries[] => {
    const inOrder = oneAfterTheOther(points.get(seriesId)?.reverse() ?? [], overlaps);
    return inOrder.length === 0 ? [] : [{ id, points: inOrder }];
  });
  const digests = new Set(series.flatMap(({ id }) => [id.fingerprint, id.settings ?? '']));
  return {
    series: sorted(series),
    problems: [...problems.values()].sort((a, b) => compare(a.file, b.file)),
    documents: await readDocuments(sql, [...digests]),
  };
}

interface PointOfRun {
  readonly run: RunRow;
  readonly point: SeriesPoint;
}

/** Series asked for at once: one round trip, and no database takes more than 500 parts of a query. */
const seriesAtOnce = 100;

/** The newest points of each series, the newest first. Runs that are not in the order may be in the way, and no more than there are. */
async function newestPoints(
  sql: Sql,
  series: readonly SeriesRow[],
  { runs, all }: OrderedRuns,
  pointsMax: number,
): Promise<Map<number, PointOfRun[]>> {
  const byId = new Map(runs.map((run) => [run.runId, run]));
  const limit = pointsMax + all - runs.length;
  const points = new Map<number, PointOfRun[]>();
  for (let i = 0; i < series.length; i += seriesAtOnce) {
    const part = series.slice(i, i + seriesAtOnce);
    const rows = await sql.all(
      part.map(() => newestFigures).join(' UNION ALL '),
      part.flatMap(({ seriesId }) => [seriesId, limit]),
    );
    let found: PointOfRun[] = [];
    let ofSeries = Number.NaN;
    for (const row of rows) {
      const seriesId = numberOf(row, 'series_id');
      if (seriesId !== ofSeries) found = points.get(seriesId) ?? [];
      if (seriesId !== ofSeries) points.set(seriesId, found);
      ofSeries = seriesId;
      const run = byId.get(numberOf(row, 'run_id'));
      if (run !== undefined) found.push({ run, point: pointOf(run, row) });
    }
  }
  for (const [seriesId, found] of points) points.set(seriesId, newestOf(found, pointsMax));
  return points;
}

/** What a query puts together has no order that every database would keep. */
function newestOf(found: readonly PointOfRun[], pointsMax: number): PointOfRun[] {
  const isInOrder = found.every((one, i) => i === 0 || byNewest(found[i - 1] ?? one, one) <= 0);
  return (isInOrder ? found : found.toSorted(byNewest)).slice(0, pointsMax);
}

function byNewest({ run: a }: PointOfRun, { run: b }: PointOfRun): number {
  return b.startedMs - a.startedMs || b.runId - a.runId;
}

const newestFigures = `SELECT * FROM (
  SELECT series_id, run_id, verdict, value, control FROM figures WHERE series_id = ? ORDER BY started_ms DESC, run_id DESC LIMIT ?
) AS newest`;

/** What a filter can name, in alphabetical order. */
export interface KnownNames {
  readonly testbeds: readonly string[];
  readonly fingerprints: readonly string[];
  readonly settings: readonly string[];
  readonly metrics: readonly string[];
}

export async function knownNames(index: RunIndex): Promise<KnownNames> {
  const rows = await index.all('SELECT DISTINCT testbed, fingerprint, settings, metric FROM series');
  // Every database has an alphabet of its own.
  const distinct = (column: string) => [...new Set(rows.map((row) => textOf(row, column)))].sort(compare);
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

async function seriesRows(sql: Sql, filter: SeriesFilter): Promise<SeriesRow[]> {
  const wanted = filter.cell?.toLowerCase() ?? '';
  const rows = await sql.all('SELECT series_id, testbed, fingerprint, settings, cell, metric FROM series');
  return rows.flatMap((row): SeriesRow[] => {
    const [testbed, fingerprint] = [textOf(row, 'testbed'), textOf(row, 'fingerprint')];
    const [settings, metric] = [textOf(row, 'settings'), metricOf(textOf(row, 'metric'))];
    const isWanted =
      metric !== null &&
      (filter.testbed ?? testbed) === testbed &&
      (filter.fingerprint ?? fingerprint) === fingerprint &&
      (filter.settings ?? settings) === settings &&
      (filter.metric ?? metric.name) === metric.name;
    if (!isWanted) return [];
    const cell = cellOf(row);
    if (!cellWords(cell).toLowerCase().includes(wanted)) return [];
    return [{ seriesId: numberOf(row, 'series_id'), id: { testbed, fingerprint, settings, cell, metric } }];
  });
}

/** As long as `read.ts` lets its words be, as JSON. */
const cellTextMax = 100_000;

function cellOf(row: SqlRow): Cell {
  const text = textOf(row, 'cell', cellTextMax);
  const cell = cellSchema.safeParse(jsonOf(text));
  if (cell.success) return cell.data;
  throw strange('series.cell', 'a cell', text);
}

const verdicts = [
  'valid',
  'generator-limited',
  'disturbed',
  'unbalanced',
  'nf-died',
  'failed',
] as const satisfies readonly CellVerdict[];

function pointOf(run: RunRow, row: SqlRow): SeriesPoint {
  const { id: runId, startedAt, commit } = run;
  const value = numberOrNull(row, 'value');
  const control = numberOrNull(row, 'control');
  const verdict = oneOf(row, 'verdict', verdicts);
  const point = run.isOwn
    ? { runId, startedAt, commit, archive: run.path, value, control, verdict }
    : { runId, startedAt, commit, origin: run.place, value, control, verdict };
  return run.isDirty ? { ...point, isDirty: true } : point;
}

/**
 * One testbed measures one cell once at a time: a run that starts before its predecessor has finished was timed by a clock that ran backwards. Testbeds of the same name, on
 * machines that are the same, may measure at once; so it is looked at for each directory.
 */
function oneAfterTheOther(
  inTime: readonly PointOfRun[],
  onOverlap: (problem: ArchiveProblem) => void,
): SeriesPoint[] {
  const lastOf = new Map<number, RunRow>();
  return inTime.flatMap(({ run, point }) => {
    const last = lastOf.get(run.originId);
    if (last?.finishedMs && run.startedMs < last.finishedMs) {
      const finishedAt = new Date(last.finishedMs).toISOString();
      onOverlap({
        file: run.place,
        problem: `the clock ran backwards: it started at ${run.startedAt} on ${run.testbed}, before ${last.place} had finished (${finishedAt}); it is left out`,
      });
      return [];
    }
    lastOf.set(run.originId, run);
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
