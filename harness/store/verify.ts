import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../model/errors.ts';
import { archiveFiles, checksumsFile, readChecksums, sha256 } from './checksums.ts';
import { archiveBytesMax } from './plain-file.ts';
import { readFacts, readRun, readTrials } from './read.ts';

export interface ArchiveProblem {
  /** Path inside the archive. */
  readonly file: string;
  readonly problem: string;
}

/** Everything that is wrong with an archive; empty where it is whole and as the run left it. */
export async function verifyArchive(dir: string): Promise<ArchiveProblem[]> {
  const problems = await checkSums(dir);
  await attempt('run.json', problems, () => readRun(dir));
  await attempt('trials.jsonl', problems, () =>
    readTrials(dir, (problem) => problems.push({ file: 'trials.jsonl', problem })),
  );
  await attempt('facts.json', problems, () => readFacts(dir));
  return problems;
}

/** The part of it that reads no text: which files were changed, added or removed after the run. */
export async function checkSums(dir: string): Promise<ArchiveProblem[]> {
  const sums = await readChecksums(dir).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  if (sums instanceof UserError) return [{ file: checksumsFile, problem: sums.message }];
  if (sums === null) {
    return [{ file: checksumsFile, problem: 'is missing: the run did not come to its end' }];
  }
  const problems: ArchiveProblem[] = [];
  const present = await archiveFiles(dir);
  for (let from = 0; from < present.length; from += atOnce) {
    const files = present.slice(from, from + atOnce);
    const found = await Promise.all(files.map((file) => problemOf(dir, file, sums.get(file))));
    problems.push(...found.filter((problem) => problem !== null));
  }
  const there = new Set(present);
  for (const file of sums.keys()) if (!there.has(file)) problems.push({ file, problem: 'is missing' });
  return problems;
}

/** So many files are read side by side: an archive of 2,000 cells has thousands of small ones. */
const atOnce = 32;

async function problemOf(
  dir: string,
  file: string,
  expected: string | undefined,
): Promise<ArchiveProblem | null> {
  const { size } = await stat(join(dir, file));
  if (size > archiveBytesMax)
    return { file, problem: `has ${size} bytes; expected at most ${archiveBytesMax}` };
  if (expected === undefined) return { file, problem: `is not in ${checksumsFile}: added later` };
  if (expected === (await sha256(join(dir, file)))) return null;
  return { file, problem: `was changed after the run: it does not match ${checksumsFile}` };
}

/** One sentence a file: what a sum has already said is not said again. */
async function attempt(
  file: string,
  problems: ArchiveProblem[],
  read: () => Promise<unknown>,
): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (!problems.some((problem) => problem.file === file)) problems.push({ file, problem: error.message });
  }
}
