import { expect, test } from 'vitest';
import { syntheticRun } from '../store/fixture.ts';
import { summaryTable } from './summary.ts';

test('one line a cell, columns aligned, a dash where there is no figure', () => {
  const lines = summaryTable(syntheticRun()).split('\n');
  expect(lines).toHaveLength(1 + syntheticRun().results.length);
  expect(lines[0]).toBe(
    'data plane  NFs  frames   Mpps  Gbit/s  p50 at 50 %  p99 at 50 %  verdict    provenance',
  );
  expect(lines[2]).toBe(
    'NetVM         3    64 B  10.02    6.74        20 µs        79 µs  valid      modelled',
  );
  expect(lines.find((line) => line.includes('failed'))).toMatch(/^vhost-user +5 +1518 B +- +- +- +- +failed/);
});

test('a run without results says so', () => {
  expect(summaryTable({ ...syntheticRun(), results: [] })).toBe('No cell was measured.');
});
