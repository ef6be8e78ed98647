import { expect, test } from 'vitest';
import { dice } from '../search/simulated.ts';
import { criticalRankSum, differencesOf } from './rank-sum.ts';

/** One-sided critical values of Mann and Whitney's table as printed in textbooks. */
test.each([
  [5, 5, 0.025, 2],
  [5, 5, 0.05, 4],
  [7, 10, 0.025, 14],
  [10, 10, 0.025, 23],
  [10, 10, 0.005, 16],
  [20, 20, 0.05, 138],
  [3, 12, 0.025, 4],
])('%i and %i values at level %f: U is at most %i', (a, b, level, k) => {
  expect(criticalRankSum(a, b, level)?.k).toBe(k);
  expect(criticalRankSum(b, a, level)?.k).toBe(k);
});

test('too few values tell nothing; the probability is that of all of one side below the other where k is 0', () => {
  expect(criticalRankSum(1, 1, 0.1)).toBeNull();
  expect(criticalRankSum(3, 3, 0.06)).toEqual({ k: 0, probability: 1 / 20 });
  expect(() => criticalRankSum(0, 3, 0.1)).toThrow(RangeError);
});

test('the interval misses the shift as often as it says', () => {
  const random = dice(11);
  const rank = criticalRankSum(8, 6, 0.05);
  if (rank === null) throw new Error('expected a critical value');
  const samples = 4000;
  let missed = 0;
  for (let i = 0; i < samples; i++) {
    const a = Array.from({ length: 8 }, random);
    const b = Array.from({ length: 6 }, () => 3 + random());
    const differences = differencesOf(a, b);
    if ((differences[differences.length - 1 - rank.k] ?? 0) < 3) missed++;
  }
  expect(Math.abs(missed / samples - rank.probability)).toBeLessThan(
    4 * Math.sqrt(rank.probability / samples),
  );
});
