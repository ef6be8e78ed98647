import { expect, test } from 'vitest';
import { syntheticFigures } from '../store/figures.fixture.ts';
import { syntheticRun } from '../store/fixture.ts';
import { figuresOf, metricOf, ownMetricNames } from './metric.ts';
import type { CellResult } from './run.ts';

const none = { latencyLoadsPercent: [] };
const run = syntheticRun();
const [valid] = run.results;
if (valid === undefined) throw new Error('the fixture has no cell');
const bare: CellResult = { ...valid, latencyNs: {} };

test('a search gives its throughput and the p99 at each load, with what the generator alone did', () => {
  expect(
    figuresOf(valid, run.generator, none).map(({ metric, value, control }) => [metric.name, value, control]),
  ).toEqual([
    ['throughputPps', valid.throughput?.pps, run.generator?.ceilingPps],
    ['latencyP99At10PercentNs', valid.latencyNs['10']?.p99, run.generator?.wireLatencyNs?.[0]?.latencyNs.p99],
    ['latencyP99At50PercentNs', valid.latencyNs['50']?.p99, run.generator?.wireLatencyNs?.[1]?.latencyNs.p99],
    // Of the wire that trial was disturbed.
    ['latencyP99At90PercentNs', valid.latencyNs['90']?.p99, null],
  ]);
});

test.each([
  ['mrr', { receivedPps: 9.1e6 }],
  ['back-to-back', { throughputPps: valid.throughput?.pps, burstFrames: 18_200 }],
  ['frame-loss', { receivedAtFullLoadPps: 148_809.52 * 100 * (1 - (1 - 66 / 100)) }],
  ['soak', { lossRatioBelow: 6.5e-8 }],
  ['recovery', { throughputPps: valid.throughput?.pps, recoveryNs: 130_000 }],
  ['reset', { throughputPps: valid.throughput?.pps, resetNs: 45e6 }],
  ['scaling', { stepNs: 12e6 }],
] as const)('%s gives its own figures', (method, expected) => {
  const figures = syntheticFigures().find((one) => one.method === method);
  if (figures === undefined) throw new Error('no such figures');
  const result = { ...bare, cell: { ...bare.cell, method }, figures };
  const found = figuresOf(result, null, none).map(({ metric, value }) => [metric.name, value]);
  expect(Object.fromEntries(found)).toEqual(expected);
});

test('a recovery without any loss is no 0, which no change could be a share of', () => {
  const [figures] = syntheticFigures().filter((one) => one.method === 'recovery');
  if (figures === undefined) throw new Error('no such figures');
  const { summary } = figures;
  const result = {
    ...bare,
    cell: { ...bare.cell, method: 'recovery' as const },
    figures: { ...figures, summary: { ...summary, mean: 0 } },
  };
  expect(figuresOf(result, null, none)[1]).toMatchObject({ metric: { name: 'recoveryNs' }, value: 10_000 });
});

test.each(['failed', 'disturbed', 'generator-limited', 'unbalanced', 'nf-died'] as const)(
  'a cell that is %s is a gap in each of its series',
  (verdict) => {
    const result = { ...bare, verdict, throughput: verdict === 'failed' ? null : bare.throughput };
    expect(figuresOf(result, run.generator, { latencyLoadsPercent: [50] })).toMatchObject([
      { metric: { name: 'throughputPps' }, value: null, verdict },
      { metric: { name: 'latencyP99At50PercentNs' }, value: null, verdict },
    ]);
  },
);

test('a disturbed latency of a valid cell is a gap in that series alone', () => {
  const summary = valid.latencyNs['50'];
  if (summary === undefined) throw new Error('no latency');
  const result = { ...valid, latencyNs: { 50: { ...summary, verdict: 'disturbed' as const } } };
  expect(figuresOf(result, null, none)).toMatchObject([
    { value: valid.throughput?.pps, verdict: 'valid', control: null },
    { value: null, verdict: 'disturbed', control: null },
  ]);
});

test('a throughput of 0 is a gap, never a zero', () => {
  const result = { ...bare, throughput: { pps: 0, gbps: 0, lowerPps: 0, upperPps: null } };
  expect(figuresOf(result, null, none)[0]?.value).toBeNull();
});

test('every metric has a unit and a way, and ends in its unit or says what it is a ratio of', () => {
  for (const name of [...ownMetricNames, 'latencyP99At0PercentNs', 'latencyP99At90PercentNs']) {
    const metric = metricOf(name);
    expect(metric?.name).toBe(name);
    const ends = metric?.unit === 'ratio' ? 'ratio' : (metric?.unit ?? '?');
    expect(name.toLowerCase()).toContain(ends);
  }
  for (const name of ['latencyP99At050PercentNs', 'latencyP99AtNs', 'toString', '']) {
    expect(metricOf(name), name).toBeNull();
  }
});
