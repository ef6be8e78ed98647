import type { TrialRecord } from '../model/run.ts';

const ofProbes: readonly TrialRecord['purpose'][] = ['ceiling', 'wire-latency'];

/**
 * Of the generator alone, before the cells. It is measured against a bare forwarder, so its cell may be one of the plan's too, and yet the trial is none
 * of that cell's.
 */
export function isProbe({ purpose }: TrialRecord): boolean {
  return ofProbes.includes(purpose);
}
