import { describe, expect, test } from 'vitest';
import type { Cell, CellResult, Run, TrialRecord } from '../model/run.ts';
import { syntheticRun, syntheticTrials } from '../store/fixture.ts';
import { profileDifferences } from './profile-differences.ts';
import { compareRuns } from './two-runs.ts';
import type { RunData } from './repeats.ts';

const cell: Cell = {
  dataplane: 'netvm',
  isolation: 'process',
  nfs: ['forward'],
  frameSizeBytes: 64,
  method: 'mrr',
};

/** A run of one cell with trials of these rates. */
function data(rates: readonly number[], run: Partial<Run> = {}, result: Partial<CellResult> = {}): RunData {
  const base = syntheticRun();
  const [some] = base.results;
  const [trial] = syntheticTrials(base);
  if (some === undefined || trial === undefined) throw new Error('expected a result and a trial');
  const pps = rates[0] ?? 1;
  const trials = rates.map((receivedPps): TrialRecord => ({ ...trial, cell, purpose: 'mrr', receivedPps }));
  const throughput = { pps, gbps: 1, lowerPps: pps, upperPps: null };
  const coreRoundTripNs = { before: 60, after: 60 };
  const found: CellResult = {
    ...some,
    cell,
    verdict: 'valid',
    throughput,
    latencyNs: {},
    coreRoundTripNs,
    ...result,
  };
  return { run: { ...base, results: [found], ...run }, trials };
}

const around = (level: number, count = 10) =>
  Array.from({ length: count }, (_, i) => level * (1 + 0.01 * Math.sin(7 * i)));

function judge(before: RunData, after: RunData) {
  const [state] = compareRuns(before, after, 0.05).states;
  if (state === undefined) throw new Error('expected a state');
  return state;
}

test('trials of a maximum receive rate make a run suspected, and decide nothing: runs of one commit differ by more than they', () => {
  const worse = judge(data(around(1e7)), data(around(8e6)));
  expect(worse.outcome).toBe('undecided');
  expect(worse.confirmed.confirmation.relativeChange).toBeCloseTo(-0.2, 2);
  expect(worse.reason).toBe(
    'suspected of a regression beyond the floor, by 10 and 10 trials of one run each, which say nothing of how runs differ; ./netvm gate --against COMMIT measures in turns.',
  );
  for (const level of [1e7, 1.2e7]) {
    const { outcome, reason } = judge(data(around(1e7)), data(around(level)));
    expect(outcome).toBe('undecided');
    expect(reason).toMatch(/^no sign of a regression beyond the floor, /);
  }
  expect(judge(data(around(1e7)), data(around(9.49e6))).reason).toMatch(/^this data cannot tell: /);
});

test('one figure of each run cannot tell, and says what could', () => {
  const { outcome, reason, confirmed } = judge(data([1e7]), data([5e6]));
  expect(outcome).toBe('undecided');
  expect(reason).toBe(
    'this data cannot tell: one figure of each run is too little; ./netvm gate --against COMMIT measures in turns.',
  );
  expect(confirmed.confirmation.interval[1]).toBe(Number.POSITIVE_INFINITY);
});

describe('a machine that changed between the runs', () => {
  const generator = syntheticRun().generator;

  test('by the generator alone decides nothing', () => {
    const slower = generator && { ...generator, ceilingPps: generator.ceilingPps * 0.8 };
    const { outcome, reason } = judge(data(around(1e7)), data(around(8e6), { generator: slower }));
    expect(outcome).toBe('undecided');
    expect(reason).toBe('this data cannot tell: the generator alone moved by -20.0 % between the runs.');
  });

  test('by the distance of its cores decides nothing', () => {
    const apart = { coreRoundTripNs: { before: 300, after: 310 } };
    const { outcome, reason } = judge(data(around(1e7)), data(around(8e6), {}, apart));
    expect(outcome).toBe('undecided');
    expect(reason).toBe('this data cannot tell: the cores lay 60 to 310 ns apart.');
  });
});

test('a cell that failed in the second run alone is a failure, by the machine it is none', () => {
  const failed = { verdict: 'failed', reason: 'It did not start.', throughput: null } as const;
  const good = data(around(1e7));
  expect(judge(good, data([], {}, failed))).toMatchObject({
    outcome: 'failed',
    reason: 'the second run has no valid figure: It did not start.',
  });
  expect(judge(data([], {}, failed), good).outcome).toBe('incomparable');
  expect(judge(good, data([], {}, { ...failed, verdict: 'disturbed' })).outcome).toBe('incomparable');
});

test('cells of one run only are left out, and profiles that differ in more than cells are named', () => {
  const [first, second] = [
    data(around(1e7)),
    data(around(1e7), {}, { cell: { ...cell, frameSizeBytes: 1518 } }),
  ];
  expect(compareRuns(first, second, 0.05).states).toEqual([]);
  const other = data([1], { profile: { schema: 'profile/1', name: 'synthetic', lineRateBps: 25e9 } });
  expect(profileDifferences(first.run, other.run)).toEqual(['lineRateBps 10000000000 -> 25000000000']);
  expect(profileDifferences(first.run, second.run)).toEqual([]);
});
