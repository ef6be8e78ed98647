import { existsSync } from 'node:fs';
import { readdir, rmdir, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { exitCode, UserError } from '../model/errors.ts';
import type { CommitId } from './git.ts';
import type { Observer } from './hold.ts';
import { JournalWriter, readJournal, removeJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { withLock } from '../native/lock.ts';
import { isAlive, thisProcess } from './owner.ts';
import { addWorktree, endWorkersIn, removeWorktree } from './worktree.ts';

/** Builds of commits, each in a checkout of its own below `.netvm/builds`. */
export interface Builds {
  /** The directory of a built checkout of that commit: one that was kept, or a new one. Throws what `build` throws, and keeps nothing then. */
  readonly get: (id: CommitId) => Promise<string>;
  /** It is not in use any more, and may be removed where there are too many. */
  readonly release: (id: CommitId) => Promise<void>;
}

export interface BuildsOptions {
  /** The repository. */
  readonly root: string;
  /** Of the built ones so many stay for the next time, those used last; others are removed. */
  readonly keep: number;
  /** Builds what is checked out there. */
  readonly build: (directory: string, id: CommitId) => Promise<void>;
  readonly observe?: Observer;
}

const announcedState = z.object({ directory: z.string() });

/**
 * Lets `use` have builds, and nobody else in the meantime: two that measure at once would measure each other. What is about to be made is in a journal first, so
 * that after a kill at any moment `recoverBuilds`, or the next one, removes what is half made.
 */
export async function withBuilds<T>(options: BuildsOptions, use: (builds: Builds) => Promise<T>): Promise<T> {
  const { root, keep, build, observe = () => {} } = options;
  const journal = await open(root);
  const inUse = new Set<CommitId>();
  const pruneUnused = () =>
    prune(root, keep, inUse, (directory) => remove(root, directory, journal, observe));
  const get = async (id: CommitId) => {
    const directory = join(placeOf(root), id);
    inUse.add(id);
    if (existsSync(directory)) {
      await utimes(directory, new Date(), new Date());
      return directory;
    }
    journal.announce('building', { directory });
    observe('announced');
    try {
      await addWorktree(root, id, directory);
      observe('checked out');
      await build(directory, id);
    } catch (error) {
      await endWorkersIn(directory);
      await removeWorktree(root, directory);
      throw error;
    }
    journal.announce('built', { directory });
    observe('built');
    await pruneUnused();
    return directory;
  };
  const release = async (id: CommitId) => {
    inUse.delete(id);
    await pruneUnused();
  };
  try {
    return await use({ get, release });
  } finally {
    inUse.clear();
    await pruneUnused();
    journal.remove();
    await removeIfEmpty(placeOf(root));
  }
}

/** Removes what a killed one has left half made. Returns the directories; throws UserError (exit 3) where it is alive. */
export async function recoverBuilds(root: string): Promise<string[]> {
  if (!existsSync(placeOf(root))) return [];
  return withLock(journalOf(root), () => recoverLocked(root));
}

/** Removes all builds. Returns how many there were. */
export async function removeBuilds(root: string, observe: Observer = () => {}): Promise<number> {
  if (!existsSync(placeOf(root))) return 0;
  return withLock(journalOf(root), async () => {
    await recoverLocked(root);
    const all = await built(root);
    const journal = new JournalWriter(journalOf(root), thisProcess(), 'builds');
    for (const directory of all) await remove(root, directory, journal, observe);
    journal.remove();
    await removeIfEmpty(placeOf(root));
    return all.length;
  });
}

function open(root: string): Promise<JournalWriter> {
  return withLock(journalOf(root), async () => {
    await recoverLocked(root);
    return new JournalWriter(journalOf(root), thisProcess(), 'builds');
  });
}

async function recoverLocked(root: string): Promise<string[]> {
  const file = journalOf(root);
  const journal = readJournal(file);
  if (journal === null) return [];
  if (isAlive(journal.owner)) {
    const { pid } = journal.owner;
    throw new UserError(
      exitCode.testbedUnable,
      `another gate or bisection is under way (pid ${pid}, since ${journal.startedAt}): wait for it, or end it with kill ${pid}`,
    );
  }
  const left = halfMade(root, journal);
  for (const directory of left) {
    await endWorkersIn(directory);
    await removeWorktree(root, directory);
  }
  removeJournal(file);
  return left;
}

/** Announced first: one that is half removed must never pass for one that is built. */
async function remove(
  root: string,
  directory: string,
  journal: JournalWriter,
  observe: Observer,
): Promise<void> {
  journal.announce('removing', { directory });
  observe('removing');
  await removeWorktree(root, directory);
}

/** Those that were announced and not done, or half removed: the last word on each counts. Nothing else is removed, whatever the journal says. */
function halfMade(root: string, { announced }: Journal): string[] {
  const last = new Map<string, string>();
  for (const { step, state } of announced) {
    const parsed = announcedState.safeParse(state);
    if (parsed.success) last.set(parsed.data.directory, step);
  }
  return [...last].flatMap(([directory, step]) =>
    step !== 'built' && dirname(directory) === placeOf(root) ? [directory] : [],
  );
}

async function prune(
  root: string,
  keep: number,
  inUse: ReadonlySet<CommitId>,
  removeOne: (directory: string) => Promise<void>,
): Promise<void> {
  const all = await built(root);
  const times = await Promise.all(all.map(async (directory) => (await stat(directory)).mtimeMs));
  const order = all
    .map((directory, i) => ({ directory, time: times[i] ?? 0 }))
    .sort((a, b) => b.time - a.time);
  for (const { directory } of order.slice(keep)) {
    if (!inUse.has(basename(directory))) await removeOne(directory);
  }
}

async function built(root: string): Promise<string[]> {
  const names = await readdir(placeOf(root)).catch(() => []);
  return names.filter((name) => /^[0-9a-f]{40,64}$/.test(name)).map((name) => join(placeOf(root), name));
}

function removeIfEmpty(directory: string): Promise<void> {
  return rmdir(directory).catch(() => {});
}

export function placeOf(root: string): string {
  return join(root, '.netvm', 'builds');
}

function journalOf(root: string): string {
  return join(placeOf(root), 'journal.jsonl');
}
