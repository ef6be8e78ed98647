import { join } from 'node:path';
import { UserError } from '../model/errors.ts';
import { archiveFiles, checksumsFile, readChecksums, sha256 } from './checksums.ts';
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
  const sums = await readChecksums(dir);
  if (sums === null) {
    return [{ file: checksumsFile, problem: 'is missing: the run did not come to its end' }];
  }
  const problems: ArchiveProblem[] = [];
  const present = await archiveFiles(dir);
  for (let from = 0; from < present.length; from += atOnce) {
    const files = present.slice(from, from + atOnce);
    const found = await Promise.all(
      files.map(async (file) => (sums.has(file) ? sha256(join(dir, file)) : null)),
    );
    for (const [index, file] of files.entries()) {
      const expected = sums.get(file);
      if (expected === undefined) problems.push({ file, problem: `is not in ${checksumsFile}: added later` });
      else if (expected !== found[index])
        problems.push({ file, problem: `was changed after the run: it does not match ${checksumsFile}` });
    }
  }
  const there = new Set(present);
  for (const file of sums.keys()) if (!there.has(file)) problems.push({ file, problem: 'is missing' });
  return problems;
}

/** So many files are read side by side: an archive of 2,000 cells has thousands of small ones. */
const atOnce = 32;

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
