import { expect, test } from 'vitest';
import { median, repeats, spread } from './summary.ts';

test('median', () => {
  expect(median([3])).toBe(3);
  expect(median([10, 9, 1])).toBe(9);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(() => median([])).toThrow(/nothing/);
});

test('spread is a share of the median', () => {
  expect(spread([5])).toBe(0);
  expect(spread([9, 10, 12])).toBeCloseTo(0.3);
  expect(spread([0, 0])).toBe(0);
});

test('repeats: the deviation is that of a sample', () => {
  expect(repeats([2, 4, 9])).toEqual({ count: 3, mean: 5, min: 2, max: 9, stdev: Math.sqrt(13) });
  expect(repeats([7])).toEqual({ count: 1, mean: 7, min: 7, max: 7, stdev: 0 });
  expect(() => repeats([])).toThrow(/nothing/);
});
