import type { JitterProfile } from '../model/run.ts';
import { addon } from './addon.ts';

/** Rate of the time-stamp counter, measured against the kernel's raw clock. Takes 20 ms. */
export function tscHz(): number {
  return addon().tscHz();
}

export interface GapProbe {
  readonly core: number;
  readonly durationMs: number;
  readonly thresholdNs: number;
}

/** Spins on a core and notes each time that the clock jumps by more than the threshold: the core was taken away. */
export function measureGaps(probe: GapProbe): Promise<JitterProfile> {
  return addon().measureGaps(probe);
}
