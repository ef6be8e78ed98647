import { expect, test } from 'vitest';
import { quantileRanks } from './quantile.ts';

test('of a median the textbook has the same ranks', () => {
  // Conover's normal approximation: 100 × 0.5 ∓ 1.96 × 5.
  expect(quantileRanks(100, 0.5)).toEqual({ low: 40, high: 61 });
});

test('ranks stay among the samples', () => {
  expect(quantileRanks(1, 0.5)).toEqual({ low: 1, high: 1 });
  expect(quantileRanks(50, 0.999)).toEqual({ low: 49, high: 50 });
});

test.each([0, Number.NaN])('%s samples have no quantile', (samples) => {
  expect(() => quantileRanks(samples, 0.5)).toThrow(RangeError);
});

test.each([0.5, 0.9, 0.99])('the interval of quantile %s holds about 95 %% of the time', (q) => {
  const random = generator(7);
  let held = 0;
  const rounds = 400;
  for (let round = 0; round < rounds; round += 1) {
    // Uniform on 0 to 1, so the true quantile is q itself.
    const sorted = Float64Array.from({ length: 1_000 }, random).sort();
    const { low, high } = quantileRanks(sorted.length, q);
    if ((sorted[low - 1] ?? 1) <= q && q <= (sorted[high - 1] ?? 0)) held += 1;
  }
  expect(held / rounds).toBeGreaterThan(0.93);
  expect(held / rounds).toBeLessThan(0.99);
});

/** Mulberry32: the same numbers each time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
