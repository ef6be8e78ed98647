import { expect } from 'vitest';
import type { TrialRecord } from '../model/run.ts';
import type { Bench } from './bench.ts';
import { runTrial } from './trial.ts';

/** A load that even a busy machine carries, every packet timed. */
export const easy = {
  frameSizeBytes: 64,
  pps: 100_000,
  durationMs: 200,
  flows: 64,
  stampEvery: 1,
  lineRateBps: 10e9,
  drainMs: 200,
};

/**
 * A trial whose books close. The machine may take a core away for the whole of a drain: then packets are still on their way, and it is tried
 * again, four times.
 */
export async function closedTrial(bench: Bench, changes: Partial<typeof easy> = {}): Promise<TrialRecord> {
  for (let i = 0; ; i++) {
    const { record } = await runTrial(bench, { ...easy, ...changes }, 'search', new AbortController().signal);
    if (record.verdict === 'unbalanced' && i < 4) continue;
    const { sent, received, inFlight } = record.books;
    expect([record.verdict, record.reason]).not.toEqual(['unbalanced', record.reason]);
    expect(sent).toBe(received + droppedIn(record) + inFlight);
    return record;
  }
}

/** In all places together. */
export function droppedIn({ books }: TrialRecord): number {
  return Object.values(books.drops).reduce((sum, count) => sum + count, 0);
}
