import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { CompareRow } from './compare.ts';

const bench = resolve(import.meta.dirname, 'compare.ts');

test('the benchmark runs: what is not there is hardly called different, what shows is found, and intervals hold', () => {
  const comparisons = 24;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [bench, '--comparisons', String(comparisons), '--json'],
    { encoding: 'utf8', maxBuffer: 2 ** 24 },
  );
  expect(status, stderr).toBe(0);
  const rows = JSON.parse(stdout) as CompareRow[];
  const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const steady = rows.filter(({ kind }) => kind.startsWith('noise'));
  // 5 % is promised; one run a side calls nothing of one cell different.
  expect(mean(steady.map((row) => row.falselyDifferent))).toBeLessThan(0.05);
  for (const row of rows) expect(row.falselyDifferent, JSON.stringify(row)).toBeLessThan(0.21);
  expect(mean(steady.map((row) => row.coverage))).toBeGreaterThan(0.93);
  const found = (kind: string, runs: number, change: number) =>
    rows.find((row) => row.kind === kind && row.runs === runs && row.change === change)?.found;
  expect(found('noise 1 %', 3, -0.1)).toBe(1);
  expect(found('noise 10 %', 10, -0.3)).toBeGreaterThan(0.9);
  expect(found('noise 30 %', 3, -0.1)).toBeLessThan(0.2);
});

test('a senseless number of comparisons is refused', () => {
  const { status, stderr } = spawnSync(process.execPath, [bench, '--comparisons', 'many'], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'compare: --comparisons: expected a whole number from 1 to 100000, got many\n',
  });
});
