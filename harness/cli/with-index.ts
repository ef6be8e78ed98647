import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { indexAddress, indexRuns, openSharedIndex } from '../store/index/index.ts';
import type { IndexedRuns } from '../store/index/index.ts';
import type { Context } from './context.ts';

/** Option of the commands that look at series. */
export interface IndexOption {
  /** The address of a PostgreSQL database that several directories share. */
  readonly index?: string;
}

export interface OpenedRuns extends IndexedRuns {
  /** The directory that was indexed; left out where only what others have indexed is read. */
  readonly dir?: string;
}

/**
 * Brings the index of a directory of runs (default: results) up to date and works with it: a file in the directory, or the shared one that `--index` or NETVM_INDEX
 * names, unless what is looked for is in the directory alone. Of a shared one no directory is needed.
 */
export async function withIndex<T>(
  { signal, written, progress }: Pick<Context, 'signal' | 'written' | 'progress'>,
  dir: string | undefined,
  option: IndexOption | 'inDirectory',
  work: (opened: OpenedRuns) => Promise<T>,
): Promise<T> {
  const onProgress = (done: number, of: number) => progress.detail(`indexing: ${done} of ${of} runs`);
  const address = option === 'inDirectory' ? null : indexAddress(option.index);
  const root = resolve(dir ?? 'results');
  const isOthersOnly = address !== null && dir === undefined && !existsSync(root);
  const opened: OpenedRuns = isOthersOnly
    ? { index: await openSharedIndex(address), update: nothing }
    : { ...(await indexRuns(root, { signal, address, onProgress })), dir: root };
  progress.finish();
  try {
    if (opened.index.file !== null) written.add(opened.index.file);
    return await work(opened);
  } finally {
    await opened.index.close();
  }
}

const nothing = { read: 0, unchanged: 0, removed: 0, problems: [] };
