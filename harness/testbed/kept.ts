import { existsSync } from 'node:fs';
import { defaultStateDir, hold, keptJournal, recover, runJournal, undoAll } from './hold.ts';
import { readJournal, removeJournal } from './journal.ts';
import { bootId } from './owner.ts';
import type { Testbed } from './parse.ts';
import { hugePagesStep } from './step-hugepages.ts';

/** Reserves the testbed's huge pages and keeps them after this process: until `releaseKept`, or the next boot. */
export async function provisionKept(
  testbed: Testbed,
  stateDir = defaultStateDir,
): Promise<'provisioned' | 'already'> {
  const file = keptJournal(stateDir, testbed.name);
  if (readJournal(file)?.owner.bootId === bootId()) return 'already';
  removeStale(file);
  // The hold is never released: its journal is what `release` works from.
  await hold(file, 'provision', [hugePagesStep(testbed.pages2M)]);
  return 'provisioned';
}

/** Undoes `provisionKept`. Returns what was undone, null where nothing was kept. Refuses (exit 3) while a run is using it. */
export async function releaseKept(name: string, stateDir = defaultStateDir): Promise<string[] | null> {
  await recover(runJournal(stateDir, name));
  const file = keptJournal(stateDir, name);
  const journal = readJournal(file);
  if (journal === null) return null;
  const announced = journal.owner.bootId === bootId() ? journal.announced : [];
  await undoAll(announced);
  removeJournal(file);
  return announced.map(({ step }) => step).toReversed();
}

function removeStale(file: string): void {
  if (existsSync(file)) removeJournal(file);
}
