import { divide } from './divide.ts';
import type { ChangePoint, DivideOptions } from './divide.ts';
import { moments } from './moments.ts';
import { studentTest } from './student.ts';

export interface EDivisiveOptions extends DivideOptions {
  /** Least number of values on each side of a change, 2 or more. */
  readonly segmentMin: number;
}

/**
 * Change points by E-divisive means: Matteson and James 2014, "A Nonparametric Approach for Multiple Change Point Analysis of
 * Multivariate Data", JASA 109(505):334-345, with exponent 1. As used for performance series: Daly et al. 2020, "The Use of Change
 * Point Detection to Identify Software Performance Regressions in a Continuous Integration System" (MongoDB, ICPE'20), and with windows and
 * Student's t-test in place of random permutations, so that the same series always gives the same answer, Fleming et al. 2023 (Hunter, now Apache Otava).
 * O(n * window).
 */
export function eDivisive(values: readonly number[], options: EDivisiveOptions): ChangePoint[] {
  const { mean, squares } = moments(values);
  const sample = (from: number, to: number) => ({
    size: to - from,
    mean: mean(from, to),
    squares: squares(from, to),
  });
  const split = (from: number, to: number) => mostDivergent(values.slice(from, to), options.segmentMin);
  return divide(
    values.length,
    {
      split: (from, to) => {
        const at = split(from, to);
        return at === null ? null : from + at;
      },
      pValue: (from, at, to) => studentTest(sample(from, at), sample(at, to)),
    },
    options,
  );
}

/**
 * The index that divides the values best: of all X = values[0, at) and Y = values[at, end), the pair with the greatest
 * Q = m n / (m + n) * (2 E|X - Y| - E|X - X'| - E|Y - Y'|) (section 2.2 and equations 5 to 7 there). O(n^2), from sums over
 * rectangles of the matrix of distances. Null for fewer values than two segments have.
 */
export function mostDivergent(values: readonly number[], segmentMin: number): number | null {
  const size = values.length;
  const sum = distanceSums(values);
  let best = Number.NEGATIVE_INFINITY;
  let bestAt: number | null = null;
  for (let at = segmentMin; at + segmentMin <= size; at++) {
    const withinX = sum(0, at, 0, at) / (at * (at - 1));
    for (let end = at + segmentMin; end <= size; end++) {
      const n = end - at;
      const between = (2 * sum(0, at, at, end)) / (at * n);
      const withinY = sum(at, end, at, end) / (n * (n - 1));
      const divergence = ((at * n) / end) * (between - withinX - withinY);
      if (divergence > best) [best, bestAt] = [divergence, at];
    }
  }
  return bestAt;
}

/** Sums of |values[i] - values[j]| over i in [a, b) and j in [c, d), each in constant time. */
function distanceSums(values: readonly number[]): (a: number, b: number, c: number, d: number) => number {
  const width = values.length + 1;
  const table = new Float64Array(width * width);
  for (let i = 1; i < width; i++) {
    let row = 0;
    for (let j = 1; j < width; j++) {
      row += Math.abs((values[i - 1] as number) - (values[j - 1] as number));
      table[i * width + j] = (table[(i - 1) * width + j] as number) + row;
    }
  }
  const at = (i: number, j: number) => table[i * width + j] as number;
  return (a, b, c, d) => at(b, d) - at(a, d) - at(b, c) + at(a, c);
}
