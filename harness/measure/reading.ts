import type { Counters } from '../native/telemetry.ts';

/** Two readings of one program's counters: before a trial, and after its drain. */
export interface Reading {
  readonly before: Counters;
  readonly after: Counters;
}

/** By how much a counter grew; 0 of one that the program does not have. */
export function grownBy({ before, after }: Reading, name: string): number {
  return Number((after.get(name) ?? 0n) - (before.get(name) ?? 0n));
}
