import { expect, test } from 'vitest';
import { parseSteal, readStealNs } from './steal.ts';

const stat = `cpu  10 0 10 100 0 0 0 49 0 0
cpu0 4 1 5 50 2 3 6 7 90 91
cpu1 6 0 5 50 0 0 0 42 0 0
cpu10 6 0 5 50 0 0 0 1 0 0
intr 1 2 3
`;

test('the steal of each core, in ns', () => {
  expect(parseSteal(stat, [0], [1])).toEqual({ generator: 70e6, device: 420e6 });
  expect(parseSteal(stat, [10], [0])).toEqual({ generator: 10e6, device: 70e6 });
  expect(parseSteal(stat, [0, 10], [1])).toEqual({ generator: 80e6, device: 420e6 });
  expect(parseSteal(stat, [0], [1, 10])).toEqual({ generator: 70e6, device: 430e6 });
});

test('a core that is not there, a kernel that does not count it: not known, which is not 0', () => {
  expect(parseSteal(stat, [0], [1, 2])).toBeNull();
  expect(parseSteal(stat, [0], [2])).toBeNull();
  expect(parseSteal(stat, [0, 2], [1])).toBeNull();
  expect(parseSteal('cpu0 1 2 3 4\ncpu1 1 2 3 4\n', [0], [1])).toBeNull();
  expect(parseSteal('', [0], [1])).toBeNull();
});

test('this kernel says it, and it only grows', () => {
  const before = readStealNs([0], [0]);
  const after = readStealNs([0], [0]);
  expect(before).not.toBeNull();
  expect(after?.device).toBeGreaterThanOrEqual(before?.device ?? Infinity);
});
