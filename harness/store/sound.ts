import { UserError } from '../model/errors.ts';
import type { HostFacts, Run, TrialRecord } from '../model/run.ts';
import { readRun, readTrials, readUneditedFacts } from './read.ts';
import { verifyArchive, type ArchiveProblem } from './verify.ts';

/** An archive, read as far as it is sound. */
export interface SoundArchive {
  readonly run: Run;
  /** None where the file of them is damaged or was changed. */
  readonly trials: readonly TrialRecord[];
  /** None where they are missing, damaged or were changed. */
  readonly facts: readonly HostFacts[];
  /** Everything that is wrong with it, and so was left out. */
  readonly problems: readonly ArchiveProblem[];
}

/** Throws UserError (2) where not even run.json is sound: then there is nothing to go by. */
export async function readSound(dir: string): Promise<SoundArchive> {
  const run = await readRun(dir);
  const problems = await verifyArchive(dir);
  const isChanged = (file: string) =>
    problems.some((one) => one.file === file && !one.problem.includes('is torn'));
  const trials = isChanged('trials.jsonl') ? [] : await orNone(readTrials(dir));
  const facts = isChanged('facts.json') ? [] : await orNone(readUneditedFacts(dir));
  const missing =
    facts.length > 0 || problems.some(({ file }) => file === 'facts.json')
      ? []
      : [{ file: 'facts.json', problem: 'is missing: what it was measured on is not known' }];
  return { run, trials, facts, problems: [...problems, ...missing] };
}

/** What is wrong is among the problems already. */
async function orNone<T>(reading: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}
