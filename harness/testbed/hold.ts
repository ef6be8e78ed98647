import { join } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import { JournalWriter, readJournal, removeJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import { bootId, isAlive, thisProcess } from './owner.ts';
import type { Step } from './step.ts';
import { undoByName } from './steps.ts';

export const defaultStateDir = '/var/lib/netvm/journal';

/** Called as each thing is done, for example `announced huge pages`; a test kills the process in it. */
export type Observer = (event: string) => void;

/** Changes a host made so far, and the way back. */
export interface Hold {
  release(): Promise<void>;
}

/**
 * Applies the steps in order, each announced in the journal first. Undoes what a killed run has left, refuses (exit 3)
 * where a live one holds the testbed, and undoes its own where a step fails.
 */
export async function hold(
  journalFile: string,
  runId: string,
  steps: readonly Step[],
  observe: Observer = () => {},
): Promise<Hold> {
  await recover(journalFile, observe);
  const journal = open(journalFile, runId);
  const done: { step: Step; state: unknown }[] = [];
  const release = async () => {
    for (const { step, state } of done.toReversed()) {
      observe(`undoing ${step.name}`);
      await step.undo(state);
      observe(`undone ${step.name}`);
    }
    journal.remove();
  };
  try {
    for (const step of steps) {
      if (step.check()) continue;
      const state = step.prepare();
      journal.announce(step.name, state);
      observe(`announced ${step.name}`);
      done.push({ step, state });
      await step.apply(state);
      observe(`applied ${step.name}`);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

/**
 * Puts back what a killed run has left. Returns the names of what was undone; null where there was nothing.
 * Throws UserError (exit 3) where the run is alive.
 */
export async function recover(journalFile: string, observe: Observer = () => {}): Promise<string[] | null> {
  const journal = readJournal(journalFile);
  if (journal === null) {
    removeEmpty(journalFile);
    return null;
  }
  if (isAlive(journal.owner)) throw held(journal);
  // Another boot: huge pages, mounts and /run began anew, and undoing would take from whoever has them now.
  const announced = journal.owner.bootId === bootId() ? journal.announced.toReversed() : [];
  for (const { step, state } of announced) {
    observe(`undoing ${step}`);
    await undoByName[step]?.(state);
    observe(`undone ${step}`);
  }
  removeJournal(journalFile);
  return announced.map(({ step }) => step);
}

export function runJournal(stateDir: string, testbed: string): string {
  return join(stateDir, `${testbed}.run.jsonl`);
}

/** Of `testbed provision`, which outlives its process: only `testbed release` undoes it. */
export function keptJournal(stateDir: string, testbed: string): string {
  return join(stateDir, `${testbed}.kept.jsonl`);
}

function open(journalFile: string, runId: string): JournalWriter {
  try {
    return new JournalWriter(journalFile, thisProcess(), runId);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const other = readJournal(journalFile);
    throw other === null
      ? new UserError(exitCode.testbedUnable, 'another run is starting on this testbed')
      : held(other);
  }
}

function held({ runId, owner, startedAt }: Journal): UserError {
  return new UserError(
    exitCode.testbedUnable,
    `the testbed is in use by run ${runId} (pid ${owner.pid}, since ${startedAt}): wait for it, or end it with kill ${owner.pid}`,
  );
}

function removeEmpty(journalFile: string): void {
  try {
    removeJournal(journalFile);
  } catch (error) {
    // No journal directory: nothing was ever provisioned here.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
