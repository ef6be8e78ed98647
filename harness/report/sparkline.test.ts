import { expect, test } from 'vitest';
import { blockSparkline, rangeOf } from './sparkline.ts';

test.each<[string, (number | null)[], string]>([
  ['from the lowest to the highest', [1, 2, 3, 4, 5, 6, 7, 8], '▁▂▃▄▅▆▇█'],
  ['a gap is no zero', [1, null, 8], '▁·█'],
  ['noise of a thousandth is one level', [1000, 1001, 1000], '▄▅▄'],
  ['one run', [5], '▅'],
  ['none', [], ''],
  ['nothing but gaps', [null, null], '··'],
])('%s', (_name, values, expected) => {
  expect(blockSparkline(values, 30)).toBe(expected);
});

test('the newest runs, where there are more than there is room for', () => {
  expect(blockSparkline([9, 9, 1, 2], 2)).toBe('▁█');
});

test('a range is never empty, also of a value that is 0', () => {
  for (const values of [[], [0], [7, 7], [1e-9]]) {
    const { low, high } = rangeOf(values);
    expect(high, String(values)).toBeGreaterThan(low);
  }
});
