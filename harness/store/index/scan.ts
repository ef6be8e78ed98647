import { readdirSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { exitCode, UserError } from '../../model/errors.ts';
import { checksumsFile } from '../checksums.ts';
import type { ArchiveProblem } from '../verify.ts';

/** A directory that may hold a run. */
export interface FoundArchive {
  /** Below the scanned directory, with `/` between. */
  readonly path: string;
  /** Of the files that the index reads: changes whenever one of them does. */
  readonly stamp: string;
}

export interface Scan {
  /** In the order of their paths. */
  readonly archives: readonly FoundArchive[];
  readonly problems: readonly ArchiveProblem[];
}

/** The files of an archive that the index depends on. */
export const indexedFiles = ['run.json', 'facts.json', checksumsFile] as const;

/** Runs may be sorted into directories, such as one a month. */
const depthMax = 4;
const archivesMax = 200_000;

/** Runs that measured two commits in turns (./netvm gate, bisect): of old commits too, and so no points of a series. */
const rerun = /^round-[0-9]+-(before|after)\b/;
/** What such a comparison leaves where it has no run to show: its outcome, or why a commit does not build. */
const leftOfReruns = /^(gate\.json|bisect\.json|build-[0-9a-f]+\.log)$/;

/**
 * Every archive below a directory. A directory without a run in it or below it is told, a link is not followed and told; hidden directories, reruns and plain
 * files are passed over. Throws UserError (2) where the directory cannot be read.
 */
export function scanArchives(dir: string): Scan {
  const found: { archives: FoundArchive[]; problems: ArchiveProblem[] } = { archives: [], problems: [] };
  const entries = entriesOf(dir);
  if (typeof entries === 'string')
    throw new UserError(
      exitCode.badInput,
      `${dir} cannot be read (${entries}); expected a directory of runs, as ./netvm run makes results/.`,
    );
  if (entries.some((entry) => entry.name === 'run.json'))
    throw new UserError(
      exitCode.badInput,
      `${dir} is the directory of one run; expected the one that it is in.`,
    );
  walk(dir, '', entries, 1, found);
  return { ...found, archives: found.archives.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

type Found = { readonly archives: FoundArchive[]; readonly problems: ArchiveProblem[] };

/** Returns whether there was anything that looks like a run. */
function walk(dir: string, path: string, entries: readonly Dirent[], depth: number, found: Found): boolean {
  let isAny = false;
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const below = path === '' ? entry.name : `${path}/${entry.name}`;
    if (entry.isSymbolicLink()) {
      found.problems.push({ file: below, problem: 'is a symbolic link: it is not followed' });
    } else if (entry.isDirectory()) {
      isAny = true;
      if (!rerun.test(entry.name)) look(dir, below, depth, found);
    }
  }
  return isAny;
}

function look(dir: string, path: string, depth: number, found: Found): void {
  const entries = entriesOf(join(dir, path));
  if (typeof entries === 'string') {
    found.problems.push({ file: path, problem: `cannot be read (${entries})` });
    return;
  }
  const names = entries.map((entry) => entry.name);
  if (['run.json', 'trials.jsonl', checksumsFile].some((name) => names.includes(name))) {
    if (found.archives.length >= archivesMax)
      throw new UserError(exitCode.badInput, `${dir} has more than ${archivesMax} runs; index a part of it.`);
    found.archives.push({ path, stamp: stampOf(join(dir, path)) });
  } else if (depth < depthMax && names.some((name) => leftOfReruns.test(name))) {
    walk(dir, path, entries, depth + 1, found);
  } else if (depth >= depthMax || !walk(dir, path, entries, depth + 1, found)) {
    found.problems.push({ file: path, problem: 'is not the directory of a run: it has no run.json' });
  }
}

function entriesOf(dir: string): Dirent[] | string {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** The time of the last change of an inode cannot be set back, as that of its text can. */
function stampOf(dir: string): string {
  return indexedFiles.map((name) => stampOfFile(join(dir, name))).join(' ');
}

function stampOfFile(file: string): string {
  try {
    const found = statSync(file, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? '-' : `${found.ino}.${found.size}.${found.ctimeNs}`;
  } catch (error) {
    // Whoever reads the archive says it better.
    return (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
}
