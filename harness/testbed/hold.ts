import { join } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import { JournalWriter, readJournal, removeJournal } from './journal.ts';
import type { Announced, Journal } from './journal.ts';
import { withLock } from '../native/lock.ts';
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
  const journal = await withLock(journalFile, async () => {
    await recoverLocked(journalFile, observe);
    return new JournalWriter(journalFile, thisProcess(), runId);
  });
  const done: Announced[] = [];
  const release = async () => {
    await undoAll(done, observe);
    journal.remove();
  };
  try {
    for (const step of steps) {
      if (step.check()) continue;
      const state = step.prepare();
      journal.announce(step.name, state);
      observe(`announced ${step.name}`);
      done.push({ step: step.name, state });
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
  return withLock(journalFile, () => recoverLocked(journalFile, observe));
}

/** Undoes in reverse. One that fails does not keep the others from being undone, but the journal stays then. */
export async function undoAll(announced: readonly Announced[], observe: Observer = () => {}): Promise<void> {
  const failures: unknown[] = [];
  for (const { step, state } of announced.toReversed()) {
    observe(`undoing ${step}`);
    const undo = undoByName[step];
    if (undo === undefined) failures.push(new Error(`the journal names the unknown step "${step}"`));
    else await undo(state).catch((error: unknown) => failures.push(error));
    observe(`undone ${step}`);
  }
  if (failures.length === 0) return;
  const reasons = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  throw new UserError(
    exitCode.testbedUnable,
    `not everything could be put back (${reasons.join('; ')}): mend that, then ./netvm testbed recover`,
  );
}

async function recoverLocked(journalFile: string, observe: Observer): Promise<string[] | null> {
  const journal = readJournal(journalFile);
  if (journal === null) return null;
  if (isAlive(journal.owner)) throw held(journal);
  // Another boot: huge pages, mounts and /run began anew, and undoing would take from whoever has them now.
  const announced = journal.owner.bootId === bootId() ? journal.announced : [];
  await undoAll(announced, observe);
  removeJournal(journalFile);
  return announced.map(({ step }) => step).toReversed();
}

/** Who holds the testbed, in words; null where nobody does. */
export function holder(journalFile: string): string | null {
  const journal = readJournal(journalFile);
  return journal !== null && isAlive(journal.owner) ? held(journal).message : null;
}

export function runJournal(stateDir: string, testbed: string): string {
  return join(stateDir, `${testbed}.run.jsonl`);
}

/** Of `testbed provision`, which outlives its process: only `testbed release` undoes it. */
export function keptJournal(stateDir: string, testbed: string): string {
  return join(stateDir, `${testbed}.kept.jsonl`);
}

function held({ runId, owner, startedAt }: Journal): UserError {
  return new UserError(
    exitCode.testbedUnable,
    `the testbed is in use by run ${runId} (pid ${owner.pid}, since ${startedAt}): wait for it, or end it with kill ${owner.pid}`,
  );
}
