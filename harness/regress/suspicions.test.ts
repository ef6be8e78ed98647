import { expect, test } from 'vitest';
import type { SeriesPoint, StoredSeries } from '../model/series.ts';
import { stateOf, stateWords } from './state.ts';
import { suspicionsOf } from './suspicions.ts';

const options = { minChange: 0.02 };

test('a drop is a suspicion with the runs on both sides of it', () => {
  const [suspicion, ...others] = suspicionsOf(series(step(20, 10, 0.95)), options);
  expect(others).toEqual([]);
  expect(suspicion).toMatchObject({
    series: { testbed: 'local', metric: { name: 'throughputPps' } },
    change: { index: 20, kind: 'regression' },
    lastBefore: { runId: 'run-19', commit: 'c19' },
    firstAfter: { runId: 'run-20', commit: 'c20' },
  });
  // The noise of the runs after it: 2 % wide, of ten.
  expect(Math.abs((suspicion?.change.relativeChange ?? 0) + 0.05)).toBeLessThan(0.01);
});

test('less is an improvement where lower is better', () => {
  const latency = series(step(20, 10, 0.9), { name: 'latencyP99At50PercentNs', unit: 'ns', better: 'lower' });
  expect(suspicionsOf(latency, options)).toMatchObject([{ change: { kind: 'improvement' } }]);
});

test('runs that failed or stand alone before a change do not bound the commit range', () => {
  const values: (number | null)[] = step(20, 10, 0.9);
  values[19] = null;
  values[18] = 13e6;
  expect(suspicionsOf(series(values), options)).toMatchObject([
    { lastBefore: { runId: 'run-17' }, firstAfter: { runId: 'run-20' } },
  ]);
});

test('what the generator alone shows too is the testbed and no suspicion', () => {
  const values = step(20, 10, 0.9);
  const shifted = series(
    values,
    undefined,
    values.map((value) => 2 * value),
  );
  expect(suspicionsOf(shifted, options)).toEqual([]);
  const state = stateOf(shifted, options);
  expect(state.name).toBe('steady');
  expect(state.absorbed).toHaveLength(1);
  expect(
    suspicionsOf(
      series(
        values,
        undefined,
        values.map((_, i) => 20e6 + i),
      ),
      options,
    ),
  ).toHaveLength(1);
});

test.each<[string, (number | null)[], string]>([
  ['three runs', step(3, 0, 1), 'not enough data: 3 of 6'],
  [
    'nothing but failures',
    Array<null>(9).fill(null),
    'not enough data: 0 of 6; the last 9 runs have no value',
  ],
  ['one level', step(30, 0, 1), 'steady'],
  ['a drop', step(20, 10, 0.9), 'regressed'],
  ['a rise', step(20, 10, 1.1), 'improved'],
  ['a drop and back', [...step(20, 15, 0.9), ...step(15, 0, 1)], 'improved'],
  ['a failed last run', [...step(30, 0, 1), null], 'steady; the last run has no value'],
])('%s', (_name, values, words) => {
  expect(stateWords(stateOf(series(values), options))).toBe(words);
});

test('the last run with a value is the newest one, not a gap', () => {
  const state = stateOf(series([...step(8, 0, 1), null, null]), options);
  expect(state).toMatchObject({ last: { runId: 'run-7' }, values: 8, runs: 10, lastFailed: 2 });
  expect(stateOf(series([null]), options).last).toBeNull();
});

/** So many runs around 10 Mpps with noise of a percent, then so many with that factor. */
function step(before: number, after: number, factor: number): number[] {
  return Array.from({ length: before + after }, (_, i) => {
    const random = Math.abs(Math.sin((i + 1) * 12.9898) * 43_758.5453) % 1;
    return 10e6 * (1 + 0.02 * (random - 0.5)) * (i < before ? 1 : factor);
  });
}

function series(
  values: readonly (number | null)[],
  metric: StoredSeries['id']['metric'] = { name: 'throughputPps', unit: 'pps', better: 'higher' },
  control: readonly (number | null)[] = [],
): StoredSeries {
  const cell = {
    dataplane: 'netvm',
    isolation: 'process',
    nfs: ['forward'],
    frameSizeBytes: 64,
    method: 'rfc2544',
  } as const;
  return {
    id: { testbed: 'local', fingerprint: '0123456789abcdef', cell, metric },
    points: values.map((value, i): SeriesPoint => ({
      runId: `run-${i}`,
      startedAt: new Date(Date.UTC(2026, 0, 1 + i)).toISOString(),
      commit: `c${i}`,
      value,
      control: control[i] ?? null,
      verdict: value === null ? 'failed' : 'valid',
    })),
  };
}
