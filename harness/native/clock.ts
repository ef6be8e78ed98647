import type { JitterProfile } from '../model/run.ts';
import { addon } from './addon.ts';

/** Rate of the time-stamp counter, measured against the kernel's raw clock. Takes 20 ms. */
export function tscHz(): number {
  return addon().tscHz();
}

/** The time-stamp counter, now, on whatever core this runs. */
export function tscNow(): number {
  return addon().tscNow();
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

export interface FrequencyProbe {
  readonly core: number;
  /** 1 to 10,000; 20 more pass before, in which the counter's rate is measured. */
  readonly durationMs: number;
}

/**
 * The frequency of a core in Hz, as the fastest of many short batches of multiplications shows it: each waits three cycles for the
 * one before. Virtual machines show no counter of cycles.
 */
export function measureFrequency(probe: FrequencyProbe): Promise<number> {
  return addon().measureFrequency(probe);
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

export interface Skew {
  /** How far the counter of core B is ahead of that of core A. */
  readonly skewNs: number;
  /** The truth lies within so much of it: half of the fastest trip between the two. */
  readonly withinNs: number;
}

/** Compares the time-stamp counters of two cores. Null where they did not meet in time, or both are the same. */
export function measureSkew(probe: RoundTripProbe): Promise<Skew | null> {
  return probe.coreA === probe.coreB ? Promise.resolve(null) : addon().measureSkew(probe);
}
