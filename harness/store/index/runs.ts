import type { ArchiveProblem } from '../verify.ts';
import type { RunIndex } from './database.ts';

/** A run as a point of a series needs it. */
export interface RunRow {
  readonly runId: number;
  readonly path: string;
  readonly id: string;
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
}

/**
 * All runs in the order of time. Of runs that are there twice one counts: a whole archive before one that is not, then the first path. One whose name, which has its time, contradicts
 * its start does not count. Whoever was refused is named.
 */
export function orderedRuns({ db }: RunIndex): OrderedRuns {
  const rows = db
    .prepare(
      `SELECT runs.run_id, runs.path, runs.id, runs.started_at, runs.started_ms, runs.finished_ms, runs.testbed,
              runs.fingerprint, runs.git_commit, runs.is_dirty, archives.state
       FROM runs JOIN archives ON archives.path = runs.path`,
    )
    .all()
    .map((row): RunRow => ({
      runId: Number(row['run_id']),
      path: row['path'] as string,
      id: row['id'] as string,
      startedAt: row['started_at'] as string,
      startedMs: Number(row['started_ms']),
      finishedMs: row['finished_ms'] === null ? null : Number(row['finished_ms']),
      testbed: row['testbed'] as string,
      fingerprint: row['fingerprint'] as string,
      commit: row['git_commit'] as string | null,
      isDirty: row['is_dirty'] === 1,
      isSound: row['state'] === 'sound',
    }));
  const problems: ArchiveProblem[] = [];
  const byId = once(
    rows,
    (run) => [run.testbed, run.id],
    (run, first) => {
      problems.push({
        file: run.path,
        problem: `duplicate: ${first.path} has the run ${run.id} already; this one is left out`,
      });
    },
  );
  const byStart = once(
    byId,
    (run) => [run.testbed, run.fingerprint, run.startedMs],
    (run, first) => {
      problems.push({
        file: run.path,
        problem: `duplicate: it started at ${run.startedAt} on ${run.testbed}, as did ${first.path}; this one is left out`,
      });
    },
  );
  const runs = byStart.toSorted((a, b) => a.startedMs - b.startedMs || compare(a.path, b.path));
  return { runs: forwards(runs, problems), problems };
}

function once(
  runs: readonly RunRow[],
  keyOf: (run: RunRow) => unknown,
  onDuplicate: (run: RunRow, first: RunRow) => void,
): RunRow[] {
  const seen = new Map<string, RunRow>();
  const inOrder = runs.toSorted((a, b) => Number(b.isSound) - Number(a.isSound) || compare(a.path, b.path));
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
      file: run.path,
      problem: `the clock was moved: the run is named ${run.id} and says that it started at ${run.startedAt}; it is left out`,
    });
    return false;
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
