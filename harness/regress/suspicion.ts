import type { SeriesId, SeriesPoint } from '../model/series.ts';
import type { Change } from './detect.ts';

/** A change that a series shows. Nobody is told of it before it is confirmed. */
export interface Suspicion {
  readonly series: SeriesId;
  readonly change: Change;
  /** The runs on both sides of the change: the commit that made it is after the first and not after the second. */
  readonly lastBefore: SeriesPoint;
  readonly firstAfter: SeriesPoint;
}

/**
 * What interleaved reruns of both sides, on the same testbed, say of a suspicion.
 * - `confirmed`: the interval lies wholly beyond the floor, on the side of the suspicion.
 * - `refuted`: the interval lies wholly on this side of the floor.
 * - `undecided`: neither, after as many reruns as were allowed.
 */
export interface Confirmation {
  readonly outcome: 'confirmed' | 'refuted' | 'undecided';
  /** (after - before) / before, of the rounds: Hodges and Lehmann's estimate, which no single round moves far. */
  readonly relativeChange: number;
  /** Of `relativeChange`, at `confidence` (0 to 1); -1 and Infinity where so few rounds tell nothing. */
  readonly interval: readonly [low: number, high: number];
  readonly confidence: number;
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** One sentence. */
  readonly reason: string;
}
