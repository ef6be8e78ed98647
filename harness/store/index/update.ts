import type { ArchiveProblem } from '../verify.ts';
import type { RunIndex } from './database.ts';
import { ensureOrigin, originOf } from './origins.ts';
import { readArchive } from './read.ts';
import type { ReadArchive } from './read.ts';
import { textOf } from './rows.ts';
import { scanArchives } from './scan.ts';
import type { FoundArchive, Scan } from './scan.ts';
import { allIn } from './sql.ts';
import { writeArchives } from './write.ts';

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
  const origin = originOf(index, dir);
  const originId = await ensureOrigin(index, origin);
  const known = await stampsOf(index, originId);
  const fresh = scan.archives.filter(({ path, stamp }) => known.get(path) !== stamp);
  const present = new Set(scan.archives.map(({ path }) => path));
  const gone = [...known.keys()].filter((path) => !present.has(path));
  if (gone.length > 0) await remove(index, originId, gone);
  for (let i = 0; i < fresh.length; i += batch) {
    const read = await readAll(dir, fresh.slice(i, i + batch), signal);
    await index.transaction((sql) => writeArchives(sql, originId, read));
    onProgress?.(Math.min(i + batch, fresh.length), fresh.length);
  }
  if (gone.length > 0 || fresh.some(({ path }) => known.has(path))) await dropEmptySeries(index);
  return {
    read: fresh.length,
    unchanged: scan.archives.length - fresh.length,
    removed: gone.length,
    problems: [...scan.problems, ...(await problemsOf(index, originId))].sort((a, b) =>
      a.file < b.file ? -1 : 1,
    ),
  };
}

async function stampsOf(index: RunIndex, originId: number): Promise<Map<string, string>> {
  const rows = await index.all('SELECT path, stamp FROM archives WHERE origin_id = ?', [originId]);
  return new Map(rows.map((row) => [textOf(row, 'path'), textOf(row, 'stamp')]));
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

async function remove(index: RunIndex, originId: number, paths: readonly string[]): Promise<void> {
  await index.transaction(async (sql) => {
    await allIn(sql, 'DELETE FROM archives WHERE origin_id = ? AND path IN (?)', paths, [originId]);
  });
}

async function dropEmptySeries(index: RunIndex): Promise<void> {
  await index.transaction(async (sql) => {
    await sql.all(
      'DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM figures WHERE figures.series_id = series.series_id)',
    );
  });
}

async function problemsOf(index: RunIndex, originId: number): Promise<ArchiveProblem[]> {
  const rows = await index.all("SELECT path, reason FROM archives WHERE origin_id = ? AND state <> 'sound'", [
    originId,
  ]);
  return rows.map((row) => ({ file: textOf(row, 'path'), problem: textOf(row, 'reason', reasonMax) }));
}

/** It may list thousands of cells that are there twice. */
const reasonMax = 50_000_000;
