import type { ArchiveProblem } from '../verify.ts';
import { originNames } from './origins.ts';
import { numberOf, numberOrNull, oneOf, strange, textOf, textOrNull } from './rows.ts';
import type { Sql, SqlRow } from './sql.ts';

/** A run as a point of a series needs it. */
export interface RunRow {
  readonly runId: number;
  readonly originId: number;
  /** Below the directory that it is in. */
  readonly path: string;
  /** For people: the path, and of another directory than the one that is looked at host and directory before it. */
  readonly place: string;
  /** It is in the directory that is looked at. */
  readonly isOwn: boolean;
  readonly id: string;
  /** The same for copies of one run; null where it did not come to its end. */
  readonly sum: string | null;
  readonly startedAt: string;
  readonly startedMs: number;
  /** Null where it did not come to its end. */
  readonly finishedMs: number | null;
  readonly testbed: string;
  readonly fingerprint: string;
  readonly commit: string | null;
  readonly isDirty: boolean;
  /** The archive is whole. */
  readonly isSound: boolean;
}

export interface OrderedRuns {
  /** Those that can be put in an order, the oldest first. */
  readonly runs: readonly RunRow[];
  /** The others, each with the reason. */
  readonly problems: readonly ArchiveProblem[];
  /** How many are in the index: these, those, and copies that are in it from several places. */
  readonly all: number;
}

/**
 * All runs in the order of time. Of runs that are there twice in one directory one counts: a whole archive before one that is not, then the first path; whoever was refused is named.
 * Of one whose name, which has its time, contradicts its start the same holds. A copy that another directory or machine has indexed too is nothing wrong: it counts once. Two labs may give
 * one name to two runs, and both count. `ownId` is the number of the directory that is looked at.
 */
export async function orderedRuns(sql: Sql, ownId: number | null): Promise<OrderedRuns> {
  const rows = await runRows(sql, ownId);
  const problems: ArchiveProblem[] = [];
  const isCopy = ({ sum }: RunRow, first: RunRow) => sum !== null && sum === first.sum;
  const say = (words: (run: RunRow, first: RunRow) => string) => (run: RunRow, first: RunRow) => {
    problems.push({ file: run.place, problem: `duplicate: ${words(run, first)}; this one is left out` });
  };
  const sayId = say((run, first) => `${first.place} has the run ${run.id} already`);
  const byId = once(rows, (run) => [run.originId, run.testbed, run.id], sayId);
  const byStart = once(
    byId,
    (run) => [run.originId, run.testbed, run.fingerprint, run.startedMs],
    say((run, first) => `it started at ${run.startedAt} on ${run.testbed}, as did ${first.place}`),
  );
  const everywhere = once(
    byStart,
    (run) => [run.testbed, run.fingerprint, run.id, run.startedMs],
    (run, first) => {
      if (!isCopy(run, first)) sayId(run, first);
    },
  );
  const runs = everywhere.toSorted((a, b) => a.startedMs - b.startedMs || compare(a.place, b.place));
  return { runs: forwards(runs, problems), problems, all: rows.length };
}

async function runRows(sql: Sql, ownId: number | null): Promise<RunRow[]> {
  const names = await originNames(sql);
  const rows = await sql.all(
    `SELECT runs.run_id, runs.origin_id, runs.path, runs.id, runs.sum, runs.started_at, runs.started_ms, runs.finished_ms, runs.testbed,
            runs.fingerprint, runs.git_commit, runs.is_dirty, archives.state
     FROM runs JOIN archives ON archives.origin_id = runs.origin_id AND archives.path = runs.path`,
  );
  return rows.map((row): RunRow => {
    const originId = numberOf(row, 'origin_id');
    const path = pathOf(row);
    const isOwn = originId === ownId;
    return {
      runId: numberOf(row, 'run_id'),
      originId,
      path,
      place: isOwn ? path : `${names.get(originId) ?? '?'}/${path}`,
      isOwn,
      id: textOf(row, 'id'),
      sum: textOrNull(row, 'sum'),
      startedAt: timeOf(row),
      startedMs: numberOf(row, 'started_ms'),
      finishedMs: numberOrNull(row, 'finished_ms'),
      testbed: textOf(row, 'testbed'),
      fingerprint: textOf(row, 'fingerprint'),
      commit: commitOf(row),
      isDirty: numberOf(row, 'is_dirty') === 1,
      isSound: oneOf(row, 'state', ['sound', 'partial', 'refused']) === 'sound',
    };
  });
}

/** It becomes a link, and a file that is looked for. */
function pathOf(row: SqlRow): string {
  const path = textOf(row, 'path');
  const isInside = !path.startsWith('/') && path.split('/').every((part) => part !== '..' && part !== '');
  if (isInside) return path;
  throw strange('runs.path', 'a path below a directory', path);
}

function timeOf(row: SqlRow): string {
  const text = textOf(row, 'started_at', 100);
  if (!Number.isNaN(Date.parse(text))) return text;
  throw strange('runs.started_at', 'a time', text);
}

/** Others put it into command lines and links. */
function commitOf(row: SqlRow): string | null {
  const commit = textOrNull(row, 'git_commit');
  if (commit === null || /^[0-9a-f]{7,64}$/.test(commit)) return commit;
  throw strange('runs.git_commit', 'a commit', commit);
}

/** The first of those that are the same; whole ones come before others, then those of the directory that is looked at. */
function once(
  runs: readonly RunRow[],
  keyOf: (run: RunRow) => unknown,
  onDuplicate: (run: RunRow, first: RunRow) => void,
): RunRow[] {
  const seen = new Map<string, RunRow>();
  const inOrder = runs.toSorted(
    (a, b) =>
      Number(b.isSound) - Number(a.isSound) || Number(b.isOwn) - Number(a.isOwn) || compare(a.place, b.place),
  );
  return inOrder.filter((run) => {
    const key = JSON.stringify(keyOf(run));
    const first = seen.get(key);
    if (first === undefined) seen.set(key, run);
    else onDuplicate(run, first);
    return first === undefined;
  });
}

/** Names that the harness gives have the time in them, to the second: what the clock said then. */
const namedTime = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})-/;
/** From a name to the start of its run, where the testbed is slow to be had. */
const nameAheadMs = 24 * 3600_000;

function forwards(runs: readonly RunRow[], problems: ArchiveProblem[]): RunRow[] {
  return runs.filter((run) => {
    const match = namedTime.exec(run.id);
    const namedMs =
      match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`);
    if (Number.isNaN(namedMs)) return true;
    const lateMs = run.startedMs - namedMs;
    if (lateMs > -1000 && lateMs < nameAheadMs) return true;
    problems.push({
      file: run.place,
      problem: `the clock was moved: the run is named ${run.id} and says that it started at ${run.startedAt}; it is left out`,
    });
    return false;
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
