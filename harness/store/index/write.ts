import { createHash } from 'node:crypto';
import { canonicalJson } from '../../model/canonical.ts';
import { digest } from '../fingerprint.ts';
import type { IndexedFigure, IndexedRun, ReadArchive } from './read.ts';
import { countOf, numberOf, textOf } from './rows.ts';
import { allIn } from './sql.ts';
import type { Sql, SqlValue } from './sql.ts';

type Row = readonly SqlValue[];

/** Puts archives of an origin into an index, in place of what it had of them; within a transaction that the caller has begun. */
export async function writeArchives(
  sql: Sql,
  originId: number,
  archives: readonly ReadArchive[],
): Promise<void> {
  const paths = archives.map(({ path }) => path);
  await allIn(sql, 'DELETE FROM archives WHERE origin_id = ? AND path IN (?)', paths, [originId]);
  await sql.insert(
    'archives',
    archives.map(({ path, stamp, state, reason }) => [originId, path, stamp, state, storable(reason)]),
  );
  const documents = keeper();
  const firstId = (await lastOf(sql, 'run_id', 'runs')) + 1;
  const found = archives.flatMap(({ path, run }) => (run === null ? [] : [{ path, run }]));
  const runs = found.map(({ path, run }, i) => runOf(path, run, firstId + i, documents.keep));
  const seriesOf = seriesMaker(documents.keep);
  const figures = runs.flatMap((run) =>
    run.figures.map((figure) => ({ run, figure, series: seriesOf(run, figure) })),
  );
  await sql.insert('documents', documents.rows(), 'orKeep');
  const ids = await seriesIds(sql, new Map(figures.map(({ series }) => [series.digest, series])));
  await sql.insert(
    'runs',
    runs.map((run): Row => [
      run.runId,
      originId,
      run.path,
      run.id,
      run.sum,
      run.startedAt,
      run.startedMs,
      run.finishedAt === null ? null : Date.parse(run.finishedAt),
      run.testbed,
      run.fingerprint,
      run.commit,
      Number(run.isDirty),
    ]),
  );
  await sql.insert(
    'figures',
    figures.map(({ run, figure: { verdict, value, control }, series }): Row => {
      return [ids.get(series.digest) ?? null, run.startedMs, run.runId, verdict, value, control];
    }),
  );
}

/** A reason may quote an archive, and PostgreSQL's texts have no NUL. */
function storable(reason: string | null): string | null {
  return reason?.replaceAll('\0', '\ufffd') ?? null;
}

async function lastOf(sql: Sql, column: string, table: string): Promise<number> {
  const [row] = await sql.all(`SELECT COALESCE(MAX(${column}), 0) AS last FROM ${table}`);
  return countOf(row, 'last');
}

type Keep = (value: object) => string;

/** Figures of one run share their settings, and runs their hosts. */
function keeper(): { readonly keep: Keep; readonly rows: () => Row[] } {
  const names = new WeakMap<object, string>();
  const texts = new Map<string, string>();
  const keep = (value: object): string => {
    const known = names.get(value);
    if (known !== undefined) return known;
    const name = digest(value);
    names.set(value, name);
    if (!texts.has(name)) texts.set(name, canonicalJson(value));
    return name;
  };
  return { keep, rows: () => [...texts] };
}

interface RunToWrite extends IndexedRun {
  readonly path: string;
  readonly runId: number;
  readonly startedMs: number;
  readonly fingerprint: string;
}

function runOf(path: string, run: IndexedRun, runId: number, keep: Keep): RunToWrite {
  return { ...run, path, runId, startedMs: Date.parse(run.startedAt), fingerprint: keep(run.hosts) };
}

interface SeriesToWrite {
  readonly digest: string;
  /** In the order of their columns. */
  readonly parts: readonly string[];
}

/** Runs of one testbed share their series, and a digest takes longer than a look. */
function seriesMaker(keep: Keep): (run: RunToWrite, figure: IndexedFigure) => SeriesToWrite {
  const made = new Map<string, SeriesToWrite>();
  return (run, { cell, settings, metric }) => {
    const parts = [run.testbed, run.fingerprint, keep(settings), cell, metric.name];
    const all = JSON.stringify(parts);
    const series = made.get(all) ?? { digest: createHash('sha256').update(all).digest('hex'), parts };
    made.set(all, series);
    return series;
  };
}

/** Numbers of series by their digests; new ones are added. Nobody else adds series within one transaction. */
async function seriesIds(
  sql: Sql,
  wanted: ReadonlyMap<string, SeriesToWrite>,
): Promise<ReadonlyMap<string, number>> {
  const rows = await allIn(sql, 'SELECT series_id, digest FROM series WHERE digest IN (?)', [
    ...wanted.keys(),
  ]);
  const ids = new Map(rows.map((row) => [textOf(row, 'digest'), numberOf(row, 'series_id')]));
  const fresh = [...wanted.values()].filter((series) => !ids.has(series.digest));
  if (fresh.length === 0) return ids;
  let last = await lastOf(sql, 'series_id', 'series');
  for (const series of fresh) ids.set(series.digest, ++last);
  await sql.insert(
    'series',
    fresh.map((series): Row => [ids.get(series.digest) ?? null, series.digest, ...series.parts]),
  );
  return ids;
}
