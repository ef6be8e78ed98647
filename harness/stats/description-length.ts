import { logGamma } from './binomial.ts';
import { moments } from './moments.ts';

export interface DescriptionOptions {
  /** Resolution of the values: two that are nearer than this are not told apart. Above 0. */
  readonly unit: number;
}

/**
 * Divides a series into groups of normal samples so that describing them takes the fewest bits: the minimum description length
 * method of FD.io CSIT's trending (library jumpavg, its documentation of the bits of a group; the principle: Rissanen 1978, Automatica 14(5):465-471).
 * Returns the indexes at which groups start, beginning with 0. Values are 0 or more, not all 0. As there, the best division of the first n runs is the
 * best of those of fewer runs with one group put behind. O(n^2).
 */
export function describedGroups(values: readonly number[], { unit }: DescriptionOptions): number[] {
  if (values.length === 0) return [];
  const size = values.length;
  const { mean, squares } = moments(values);
  const bitsOf = groupBits(Math.max(...values) / unit, size);
  const total = new Float64Array(size + 1);
  const start = new Int32Array(size + 1);
  const level = new Float64Array(size + 1);
  for (let end = 1; end <= size; end++) {
    let best = Number.POSITIVE_INFINITY;
    const attempt = (from: number) => {
      const count = end - from;
      const sigma = Math.sqrt(squares(from, end) / count) / unit;
      const earlier = total[from] as number;
      const levelMin = from === 0 ? bitsOf.first : bitsOf.levelMin;
      // Logarithms are most of the work: only where they can still matter.
      if (earlier + levelMin + bitsOf.shapeMin(count, sigma) > best) return;
      const shape = earlier + bitsOf.shape(count, sigma);
      if (shape + levelMin > best) return;
      const average = mean(from, end) / unit;
      const bits = shape + (from === 0 ? bitsOf.first : bitsOf.level(average, level[from] as number));
      if (bits > best || (bits === best && from >= (start[end] as number))) return;
      best = bits;
      start[end] = from;
      level[end] = average;
    };
    // Most often the last group just grows: a good guess spares the most.
    attempt(start[end - 1] as number);
    for (let from = 0; from < end; from++) attempt(from);
    total[end] = best;
  }
  const starts: number[] = [];
  for (let end = size; end > 0; end = start[end] as number) starts.unshift(start[end] as number);
  return starts;
}

/**
 * Bits of one group, in units of the resolution; `max` is the greatest value, `countMax` the most samples.
 * Exported for the test, which adds up the same bits from their definition.
 */
export function groupBits(max: number, countMax: number) {
  const uniform = Math.log2(max + 1);
  // By the count alone; computed once.
  const ofCount = Float64Array.from({ length: countMax + 1 }, (_, count) => {
    if (count === 0) return 0;
    // How many samples: the probability of n is 1 / (n (n + 1)).
    const length = Math.log2(count * (count + 1));
    if (count === 1) return length;
    // With mean and deviation known, they lie on a sphere of count - 2 dimensions around the mean: its area without sigma.
    const half = (count - 1) / 2;
    const area = Math.LN2 + half * Math.log(Math.PI) - logGamma(half) + ((count - 2) / 2) * Math.log(count);
    // The deviation is anything from 0 to the greatest value.
    return length + uniform + area / Math.LN2;
  });
  return {
    /** How many, how they are spread, and each sample within that. */
    shape: (count: number, sigma: number) =>
      (ofCount[count] as number) + (count > 2 ? (count - 2) * Math.log2(sigma + 1) : 0),
    /** No more than `shape`, without its logarithm. */
    shapeMin: (count: number, sigma: number) =>
      (ofCount[count] as number) + (count > 2 ? (count - 2) * log2Min(sigma + 1) : 0),
    /** The first mean is anything from 0 to the greatest value. */
    first: uniform,
    /** A later one is the less likely, the nearer it is to the one before: else it would be no new group. */
    level: (average: number, before: number) => {
      const norm = before * before - (before - 1) * max + (max * max) / 2;
      return Math.log2(norm / (Math.abs(average - before) + 1));
    },
    /** No later mean costs less. */
    levelMin: Math.log2((max * max) / 4 / (max + 1)),
  };
}

/** A parabola from each power of two to the next, below the logarithm by 0.021 at most; for 1 and more. */
export function log2Min(x: number): number {
  if (!(x < 2 ** 30)) return 30;
  const exponent = 31 - Math.clz32(x);
  const t = x / (1 << exponent) - 1;
  // At t = 1 the logarithm's slope is 1 / (2 ln 2) = 0.7213: a steeper end stays below it.
  return exponent + t + 0.2786 * t * (1 - t);
}
