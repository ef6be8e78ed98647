import { median } from './summary.ts';
import { differencesOf } from './rank-sum.ts';

/**
 * Cliff's delta (Cliff 1993, Psychological Bulletin 114(3):494-509): of all pairs of a value of each side, the share in which b is greater less the share in which it is
 * smaller; -1 to 1, 0 where neither tends to be. Both samples have a value at least.
 */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) throw new RangeError('there is no effect between nothing');
  let sum = 0;
  for (const one of a) for (const other of b) sum += Math.sign(other - one);
  return sum / (a.length * b.length);
}

/** Hodges and Lehmann's shift (1963): the median of all differences b - a. */
export function medianShift(a: readonly number[], b: readonly number[]): number {
  return median([...differencesOf(a, b)]);
}
