import { expect, test } from 'vitest';
import { dice } from '../search/simulated.ts';
import { bootstrapDifference, bootstrapMean, drawableMin } from './bootstrap.ts';
import { cliffsDelta, medianShift } from './effect.ts';
import { differenceInterval, meanInterval } from './mean-interval.ts';

/** Normal enough: the sum of twelve uniform numbers (Irwin and Hall). */
function normals(count: number, seed: number): number[] {
  const uniform = dice(seed);
  return Array.from({ length: count }, () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += uniform();
    return sum;
  });
}

const confidence = 0.95;

test('intervals of the mean hold the truth as often as they say, few values or many', () => {
  for (const size of [3, 5, 8, 12, 30]) {
    let held = 0;
    const tries = 400;
    for (let seed = 0; seed < tries; seed++) {
      const found = meanInterval(normals(size, 1000 * size + seed), confidence);
      if (found !== null && found.low <= 0 && found.high >= 0) held++;
    }
    // Three standard deviations of 400 tries of 95 %.
    expect(held / tries, `${size} values`).toBeGreaterThan(0.917);
    expect(held / tries, `${size} values`).toBeLessThan(0.983);
  }
});

test('intervals of a difference hold it, also where one side scatters three times as much', () => {
  let held = 0;
  const tries = 400;
  for (let seed = 0; seed < tries; seed++) {
    const a = normals(10, 2 * seed);
    const b = normals(10, 2 * seed + 1).map((value) => 5 + 3 * value);
    const found = differenceInterval(a, b, confidence);
    if (found !== null && found.low <= 5 && found.high >= 5) held++;
  }
  expect(held / tries).toBeGreaterThan(0.917);
  expect(held / tries).toBeLessThan(0.99);
});

test('the same seed and values give the same interval, another seed nearly the same', () => {
  const [a, b] = [normals(12, 1), normals(15, 2)];
  const first = bootstrapDifference(a, b, { confidence });
  expect(bootstrapDifference(a, b, { confidence })).toEqual(first);
  const other = bootstrapDifference(a, b, { confidence, seed: 2 });
  expect(other).not.toEqual(first);
  expect(Math.abs(other[0] - first[0])).toBeLessThan(0.2);
});

test('turning the values round turns the interval round', () => {
  const values = normals(20, 3);
  const [low, high] = bootstrapMean(values, { confidence });
  const [turnedLow, turnedHigh] = bootstrapMean(
    values.map((value) => -value),
    { confidence },
  );
  expect(turnedLow).toBeCloseTo(-high, 10);
  expect(turnedHigh).toBeCloseTo(-low, 10);
});

test('of a few values nothing is drawn: Student’s interval is taken, and of too few there is none', () => {
  expect(() => bootstrapMean(normals(drawableMin - 1, 1), { confidence })).toThrow(
    'expected 8 values or more',
  );
  expect(meanInterval([1, 2, 3], confidence)).toMatchObject({ method: 'student', degrees: 2, value: 2 });
  // Student's t for 2 degrees of freedom and 95 %: 4.3027.
  expect(meanInterval([1, 2, 3], confidence)?.high).toBeCloseTo(2 + 4.3027 / Math.sqrt(3), 3);
  expect(meanInterval([1], confidence)).toBeNull();
  expect(differenceInterval([1], [2], confidence)).toBeNull();
  expect(differenceInterval([], [2, 3, 4], confidence)).toBeNull();
  expect(differenceInterval([1], [2, 3], confidence)).toMatchObject({ method: 'student', degrees: 1 });
});

test('values that are all alike have an interval without width', () => {
  const alike = Array.from({ length: 9 }, () => 4);
  expect(bootstrapMean(alike, { confidence })).toEqual([4, 4]);
});

test("Cliff's delta and the median shift, by hand", () => {
  expect(cliffsDelta([1, 2, 3], [4, 5, 6])).toBe(1);
  expect(cliffsDelta([4, 5, 6], [1, 2, 3])).toBe(-1);
  // Pairs of which B is greater: (1,2) (1,3) (2,3); smaller: (3,2) (3,1)… of [1,2,3] with itself none prevails.
  expect(cliffsDelta([1, 2, 3], [1, 2, 3])).toBe(0);
  expect(cliffsDelta([1, 2], [2, 3])).toBe(0.75);
  expect(medianShift([1, 2, 3], [11, 12, 13])).toBe(10);
  expect(() => cliffsDelta([], [1])).toThrow('between nothing');
});
