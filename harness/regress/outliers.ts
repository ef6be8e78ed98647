import { median } from '../stats/summary.ts';

/** Runs on each side that say what the level is. */
const neighbours = 5;
/** So many sigmas from both sides is no noise. */
const farSigmas = 5;

/**
 * Which values stand alone: far from the level before them and, in the same direction, from the level behind them. They say nothing about
 * either level, so they are set aside, as Hampel's filter does (Hampel 1974, JASA 69(346):383-393). The first and the last value have one side only and stay.
 */
export function isolated(values: readonly number[], sigma: number): boolean[] {
  return values.map((value, i) => {
    const before = values.slice(Math.max(0, i - neighbours), i);
    const after = values.slice(i + 1, i + 1 + neighbours);
    if (before.length === 0 || after.length === 0) return false;
    const fromBefore = value - median(before);
    if (Math.abs(fromBefore) <= farSigmas * sigma) return false;
    const fromAfter = value - median(after);
    return Math.abs(fromAfter) > farSigmas * sigma && Math.sign(fromBefore) === Math.sign(fromAfter);
  });
}

/** Where a greater share of the runs stands alone, they are no outliers: 0 to 1. */
export const isolatedShareMax = 0.1;
