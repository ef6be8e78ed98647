import { expect, test } from 'vitest';
import { cell, plan } from '../measure/doubles.fixture.ts';
import type { SearchGoal } from '../model/goal.ts';
import type { CellResult, GoalFigures, LatencySummary, Run } from '../model/run.ts';
import { syntheticFigures } from '../store/figures.fixture.ts';
import { verdictCode } from './verdict.ts';
import { planTable, resultsTable } from './table.ts';

const latency: LatencySummary = {
  samples: 1,
  min: 1,
  p50: 9100,
  p90: 1,
  p99: 21_000,
  p999: 1,
  max: 1,
  hlog: 'x',
};
const measured: CellResult = {
  cell: { dataplane: 'netvm', isolation: 'process', nfs: ['forward'], frameSizeBytes: 64, method: 'rfc2544' },
  provenance: 'measured-virtual',
  verdict: 'valid',
  reason: null,
  throughput: { pps: 14_880_952, gbps: 9.99999, lowerPps: 14_880_952, upperPps: null },
  latencyNs: { 50: latency },
  loads: null,
  books: null,
  cpu: null,
  trials: 3,
  trialsDisturbed: 0,
  coreRoundTripNs: null,
};
const failed: CellResult = {
  ...measured,
  verdict: 'failed',
  reason: 'netvm-vswitch exited with 3',
  throughput: null,
  latencyNs: {},
};
const run = (results: CellResult[], status: Run['status'] = 'complete'): Run => ({
  schema: 'run/1',
  id: 'r',
  startedAt: '',
  finishedAt: null,
  status,
  command: '',
  testbed: 'local',
  profile: {},
  generator: {
    name: 'native',
    version: '1',
    ceilingPps: 21_300_000,
    ceilingRunsPps: [],
    coreRoundTripNs: null,
  },
  jitter: [],
  results,
});

test('several goals: each with its bounds, and whether it is irregular', () => {
  const goal: SearchGoal = {
    lossRatio: 0,
    exceedRatio: 0.5,
    initialTrialDurationMs: 100,
    finalTrialDurationMs: 100,
    durationSumMs: 2100,
    widthRatio: 0.01,
  };
  const ndr: GoalFigures = {
    goal,
    isRegular: true,
    relevantLowerPps: 8e6,
    relevantUpperPps: 8.05e6,
    conditionalThroughputPps: 8e6,
    verdict: 'valid',
    reason: null,
  };
  const pdr = { ...ndr, goal: { ...goal, lossRatio: 0.005 }, isRegular: false, relevantUpperPps: null };
  const none = { ...ndr, isRegular: false, relevantLowerPps: null, conditionalThroughputPps: null };
  expect(resultsTable(run([{ ...measured, goals: [ndr, pdr, none] }]))).toContain(
    'netvm, forward, 64 B, rfc2544: 0 % loss at 8.00 Mpps, not 8.05, forwards 8.00; ' +
      '0.5 % loss at 8.00 Mpps, no upper bound, forwards 8.00 (irregular); 0 % loss at no load.',
  );
  expect(resultsTable(run([{ ...measured, goals: [ndr] }]))).not.toContain('% loss');
});

test('a line a cell: what was found, how far to trust it, and why not', () => {
  const lines = resultsTable(run([measured, failed])).split('\n');
  expect(lines[2]?.split(/\s{2,}/)).toEqual([
    'netvm',
    '1',
    '64 B',
    '14.88',
    '10.00',
    '9.1',
    '21.0',
    'measured-virtual',
    'valid',
  ]);
  expect(lines[3]?.split(/\s{2,}/)).toEqual([
    'netvm',
    '1',
    '64 B',
    '-',
    '-',
    '-',
    '-',
    'measured-virtual',
    'failed',
  ]);
  expect(lines.join('\n')).toContain('Generator alone: 21.30 Mpps at 64 B');
  expect(lines.join('\n')).toContain('nothing of a NIC');
  expect(lines.at(-1)).toBe('netvm, forward, 64 B, rfc2544: netvm-vswitch exited with 3');
});

test('chains of one length are told apart by their NFs', () => {
  const other = { ...measured, cell: { ...measured.cell, nfs: ['monitor'] } };
  const chains = resultsTable(run([measured, other]))
    .split('\n')
    .slice(2, 4)
    .map((line) => line.split(/\s{2,}/)[1]);
  expect(chains).toEqual(['forward', 'monitor']);
});

test('beside the figure what it rests on; below, what is wrong with the clock, and how long it took', () => {
  const trust = {
    awayRatio: { generator: 0, device: 0.02 },
    stealNs: null,
    sendLateOver10us: 0,
    sendLateOver1ms: 0,
    sendLateNsMax: 0,
  };
  const clock = {
    invariant: false,
    tscHz: 2e9,
    programsTscHz: null,
    skewNs: null,
    skewWithinNs: null,
    faults: ['The clock is bad.'],
  };
  const times = { estimatedMs: 60_000, elapsedMs: 90_000 };
  const text = resultsTable({ ...run([{ ...measured, trust }]), ...times, clock });
  expect(text).toContain('valid; generator away 0 % of the time, device 2.00 %; no deadline missed');
  expect(text).toContain('\nThe clock is bad.');
  expect(text).toContain('\nIt took 90 s, 1.50 times the 60 s expected.');
});

test.each([
  [1_000, '10 s'],
  [70_184, '1 min 10 s'],
  [119_000, '2 min'],
  [3_720_000, '1 h 2 min'],
])('a plan of %i ms says about %s', (totalMs, text) => {
  const last = (away: number | null) =>
    planTable(plan([cell()]), { beforeMs: 0, cellsMs: [totalMs], totalMs }, away)
      .split('\n')
      .at(-1);
  expect(last(0.124)).toBe(`It will take about ${text}, with cores away 12 % of the time as they are now.`);
  expect(last(null)).toBe(`It will take about ${text} on a machine whose cores are away 5 % of the time.`);
});

test('a method that has figures of its own gets a column for them', () => {
  const of = (method: string) => syntheticFigures().find((figures) => figures.method === method);
  const figures = of('reset');
  if (figures === undefined) throw new Error('no such figures');
  const lines = resultsTable(run([{ ...measured, throughput: null, figures }, measured])).split('\n');
  expect(lines[0]).toContain('figure');
  expect(lines[2]).toContain('interrupted for 45 ms');
  expect(lines[3]?.split(/\s{2,}/)[7]).toBe('-');
  expect(resultsTable(run([measured]))).not.toContain('figure');
});

test('the exit code: 0 all measured, 1 one was not or there was nothing, 130 interrupted', () => {
  expect(verdictCode(run([measured]))).toBe(0);
  expect(verdictCode(run([measured, failed]))).toBe(1);
  expect(verdictCode(run([]))).toBe(1);
  expect(verdictCode(run([measured], 'interrupted'))).toBe(130);
});
