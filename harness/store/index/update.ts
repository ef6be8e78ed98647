import type { ArchiveProblem } from '../verify.ts';
import { digest } from '../fingerprint.ts';
import { canonicalJson } from '../../model/canonical.ts';
import { transaction } from './database.ts';
import type { RunIndex } from './database.ts';
import { readArchive } from './read.ts';
import type { IndexedRun, ReadArchive } from './read.ts';
import { scanArchives } from './scan.ts';
import type { FoundArchive, Scan } from './scan.ts';
import { writeFigures } from './write.ts';

export interface IndexUpdate {
  /** Archives read: new ones and those that had changed. */
  readonly read: number;
  readonly unchanged: number;
  /** No longer there, so no longer in the index. */
  readonly removed: number;
  /** Every directory of which something is not in the index, and why; as long as it stays so. */
  readonly problems: readonly ArchiveProblem[];
}

export interface UpdateOptions {
  readonly signal?: AbortSignal;
  /** Told after each batch. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** Between two commits: another process that waits for its turn waits for so many. */
const batch = 250;
/** Read at once: parsing keeps a core busy, and the disk must not keep it waiting. */
const atOnce = 8;

/**
 * Brings the index to what the archives below a directory are now: only those that are new or have changed are read. An archive is in the index as a whole or not at
 * all, also where this is aborted; what is wrong with one is told, and stops nothing.
 */
export async function updateIndex(
  index: RunIndex,
  dir: string,
  { signal, onProgress, scan = scanArchives(dir) }: UpdateOptions & { readonly scan?: Scan } = {},
): Promise<IndexUpdate> {
  const known = new Map(
    index.db
      .prepare('SELECT path, stamp FROM archives')
      .all()
      .map((row) => [row['path'] as string, row['stamp'] as string]),
  );
  const fresh = scan.archives.filter(({ path, stamp }) => known.get(path) !== stamp);
  const present = new Set(scan.archives.map(({ path }) => path));
  const gone = [...known.keys()].filter((path) => !present.has(path));
  if (gone.length > 0) remove(index, gone);
  for (let i = 0; i < fresh.length; i += batch) {
    const read = await readAll(dir, fresh.slice(i, i + batch), signal);
    transaction(index.db, () => store(index, read));
    onProgress?.(Math.min(i + batch, fresh.length), fresh.length);
  }
  if (gone.length > 0 || fresh.some(({ path }) => known.has(path))) dropEmptySeries(index);
  return {
    read: fresh.length,
    unchanged: scan.archives.length - fresh.length,
    removed: gone.length,
    problems: [...scan.problems, ...problemsOf(index)].sort((a, b) => (a.file < b.file ? -1 : 1)),
  };
}

async function readAll(
  dir: string,
  archives: readonly FoundArchive[],
  signal: AbortSignal | undefined,
): Promise<ReadArchive[]> {
  const read: ReadArchive[] = [];
  let next = 0;
  const reader = async () => {
    for (;;) {
      const i = next++;
      const found = archives[i];
      if (found === undefined) return;
      signal?.throwIfAborted();
      read[i] = await readArchive(dir, found);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, reader));
  return read;
}

function remove({ db }: RunIndex, paths: readonly string[]): void {
  transaction(db, () => {
    const archive = db.prepare('DELETE FROM archives WHERE path = ?');
    for (const path of paths) archive.run(path);
  });
}

function dropEmptySeries({ db }: RunIndex): void {
  transaction(db, () => {
    db.exec(
      'DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM figures WHERE figures.series_id = series.series_id)',
    );
  });
}

function store({ db }: RunIndex, archives: readonly ReadArchive[]): void {
  const drop = db.prepare('DELETE FROM archives WHERE path = ?');
  const archive = db.prepare('INSERT INTO archives (path, stamp, state, reason) VALUES (?, ?, ?, ?)');
  const document = db.prepare(
    'INSERT INTO documents (digest, text) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING',
  );
  const runRow = db.prepare(
    `INSERT INTO runs (run_id, path, id, started_at, started_ms, finished_ms, testbed, fingerprint, git_commit, is_dirty)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const lastRun = db.prepare('SELECT COALESCE(MAX(run_id), 0) AS last FROM runs').get();
  let runId = Number(lastRun?.['last']);
  // Figures of one run share their settings.
  const kept = new WeakMap<object, string>();
  const keep = (value: object): string => {
    const known = kept.get(value);
    if (known !== undefined) return known;
    const name = digest(value);
    document.run(name, canonicalJson(value));
    kept.set(value, name);
    return name;
  };
  const figures = writeFigures(db, keep);
  const add = (path: string, run: IndexedRun) => {
    const { id, startedAt, finishedAt, testbed, hosts, commit, isDirty } = run;
    const startedMs = Date.parse(startedAt);
    const finishedMs = finishedAt === null ? null : Date.parse(finishedAt);
    const fingerprint = keep(hosts);
    runId++;
    runRow.run(
      runId,
      path,
      id,
      startedAt,
      startedMs,
      finishedMs,
      testbed,
      fingerprint,
      commit,
      Number(isDirty),
    );
    figures.write({ runId, startedMs, testbed, fingerprint }, run.figures);
  };
  for (const { path, stamp, state, reason, run } of archives) {
    drop.run(path);
    archive.run(path, stamp, state, reason);
    if (run !== null) add(path, run);
  }
}

function problemsOf({ db }: RunIndex): ArchiveProblem[] {
  return db
    .prepare("SELECT path, reason FROM archives WHERE state <> 'sound'")
    .all()
    .map((row) => ({ file: row['path'] as string, problem: row['reason'] as string }));
}
