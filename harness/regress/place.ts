import type { Moments } from '../stats/moments.ts';
import { segmentMin } from './series.ts';

/**
 * Where in [from, to) two levels fit best, by least squares: the index of the first run of the second one. `at` where the stretch is too
 * short for two. Methods put the same change at places some runs apart; this is where they agree.
 */
export function bestPlace({ squares }: Moments, from: number, at: number, to: number): number {
  let best = at;
  let least = Number.POSITIVE_INFINITY;
  for (let i = from + segmentMin; i + segmentMin <= to; i++) {
    const left = squares(from, i) + squares(i, to);
    if (left < least) [best, least] = [i, left];
  }
  return best;
}

/** The same for each of several changes, between the ones next to it. */
export function bestPlaces(moments: Moments, indexes: readonly number[], length: number): number[] {
  return indexes.map((at, i) => bestPlace(moments, indexes[i - 1] ?? 0, at, indexes[i + 1] ?? length));
}
