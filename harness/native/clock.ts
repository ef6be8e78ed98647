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

export interface RoundTripProbe {
  readonly coreA: number;
  readonly coreB: number;
  /** 1 to 10,000. */
  readonly durationMs: number;
}

/**
 * The round trip of a cache line between two cores, in ns: 50 to 130 where they share a cache, several times that where not.
 * The median of many batches, so that a core taken away now and then does not count. Null where one of the cores had no
 * time for it within half a second more than the duration, or where both are the same.
 */
export function measureRoundTrip(probe: RoundTripProbe): Promise<number | null> {
  return probe.coreA === probe.coreB ? Promise.resolve(null) : addon().measureRoundTrip(probe);
}
