import { expect, test } from 'vitest';
import { count } from './test-stage.ts';
import { summary } from './test.ts';

test('the last line alone sums everything', () => {
  const results = [
    { name: 'eslint', passed: 1, failed: 0 },
    { name: 'vitest unit', passed: 40, failed: 2 },
  ];
  expect(summary(results).split('\n').at(-1)).toBe('41 passed, 2 failed');
});

test('a tool that failed, or ran nothing, has at least one failure', () => {
  expect(count('x', 0, 5, 0)).toEqual({ name: 'x', passed: 5, failed: 0 });
  expect(count('x', 1, 5, 0)).toEqual({ name: 'x', passed: 5, failed: 1 });
  expect(count('x', 0, 0, 0)).toEqual({ name: 'x', passed: 0, failed: 1 });
  expect(count('x', 1, 5, 3)).toEqual({ name: 'x', passed: 5, failed: 3 });
});
