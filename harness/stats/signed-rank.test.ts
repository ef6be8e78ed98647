import { expect, test } from 'vitest';
import { dice } from '../search/simulated.ts';
import { criticalRank, signedRankInterval, walshAverages } from './signed-rank.ts';
import { median } from './summary.ts';

/** One-sided critical values of Wilcoxon's table as printed in textbooks (Hollander and Wolfe, table A.4). */
test.each([
  [5, 0.05, 0],
  [8, 0.05, 5],
  [10, 0.05, 10],
  [10, 0.025, 8],
  [10, 0.01, 5],
  [10, 0.005, 3],
  [16, 0.01, 23],
  [20, 0.005, 37],
  [50, 0.05, 466],
])('%i differences at level %f: T is at most %i', (n, level, k) => {
  expect(criticalRank(n, level)?.k).toBe(k);
});

test('the probability is that of all signs alike where k is 0, and too few differences tell nothing', () => {
  expect(criticalRank(8, 0.004)).toEqual({ k: 0, probability: 1 / 256 });
  expect(criticalRank(7, 0.004)).toBeNull();
  expect(() => criticalRank(0, 0.1)).toThrow(RangeError);
  expect(() => criticalRank(51, 0.1)).toThrow(RangeError);
});

test('the interval holds the centre as often as it says, of the most awkward symmetric noise too', () => {
  const random = dice(7);
  const noises: Record<string, () => number> = {
    even: () => random() - 0.5,
    'two values': () => (random() < 0.5 ? -1 : 1) + 1e-6 * (random() - 0.5),
    'without a mean': () => Math.tan(Math.PI * (random() - 0.5)),
    'now loud, now quiet': () => (random() - 0.5) * 10 ** (4 * random()),
  };
  const n = 10;
  const rank = criticalRank(n, 0.05);
  if (rank === null) throw new Error('expected a critical value');
  for (const [name, noise] of Object.entries(noises)) {
    const samples = 4000;
    let below = 0;
    for (let i = 0; i < samples; i++) {
      const differences = Array.from({ length: n }, () => 3 + noise());
      if (signedRankInterval(walshAverages(differences), rank.k)[1] < 3) below++;
    }
    // Four standard errors above.
    const most = rank.probability * samples + 4 * Math.sqrt(rank.probability * samples);
    expect(below, name).toBeLessThan(most);
    expect(below, name).toBeGreaterThan(0);
  }
});

test('the median of the averages is the estimate of Hodges and Lehmann: one outlier hardly moves it', () => {
  expect([...walshAverages([1, 2, 4])]).toEqual([1, 1.5, 2, 2.5, 3, 4]);
  expect(median([...walshAverages([1, 2, 3, 4, 1000])])).toBeCloseTo(3);
});
