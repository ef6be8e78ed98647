import { describe, expect, test } from 'vitest';
import { presetGoals, presetOf, type PresetName, presetNames } from '../profile/presets.ts';
import { cell, plan } from './doubles.fixture.ts';
import { estimate, remainingMs, withoutFirst } from './estimate.ts';

const two = [cell(), cell({ index: 1, dataplane: 'vhost-user' })];

describe('an estimate', () => {
  test('is the same for the same plan, and the sum of its parts', async () => {
    const expected = await estimate(plan(two));
    expect(await estimate(plan(two))).toEqual(expected);
    expect(expected.cellsMs).toHaveLength(2);
    expect(expected.totalMs).toBe(
      expected.beforeMs + (expected.cellsMs[0] ?? 0) + (expected.cellsMs[1] ?? 0),
    );
  });

  test('grows with what is to be done', async () => {
    const { method, latency } = plan(two).profile;
    const small = await estimate(plan(two));
    const longer = await estimate(plan(two, { method: { ...method, drainMs: method.drainMs + 100 } }));
    const moreLoads = await estimate(
      plan(two, { latency: latency && { ...latency, loadsPercent: [10, 20, 30, 40, 50, 60] } }),
    );
    const noLatency = await estimate(plan(two.map((one) => ({ ...one, measureLatency: false }))));
    const longChain = await estimate(
      plan([cell({ dataplane: 'vhost-user', nfs: Array(5).fill('forward') as string[] })]),
    );
    const shortChain = await estimate(plan([cell({ dataplane: 'vhost-user' })]));
    expect(longer.totalMs).toBeGreaterThan(small.totalMs);
    expect(moreLoads.totalMs).toBeGreaterThan(small.totalMs);
    expect(noLatency.totalMs).toBeLessThan(small.totalMs);
    expect(longChain.totalMs).toBeGreaterThan(shortChain.totalMs);
  });

  test('has the time of all instances, of a table that is filled, and of the steps of a scaling', async () => {
    const of = async (changes: Parameters<typeof cell>[0]) =>
      (await estimate(plan([cell({ measureLatency: false, ...changes })]))).totalMs;
    expect(await of({ instances: 4 })).toBeGreaterThan(await of({}));
    expect(await of({ flowEntries: 1_000_000 })).toBeGreaterThan((await of({})) + 1_000);
    const own = {
      method: 'scaling',
      repetitions: 2,
      load: { kind: 'rate', pps: 1e5 },
      watchMs: 500,
    } as const;
    const method = { ...plan([]).profile.method, name: 'scaling', own } as const;
    const scaled = plan([cell({ method: 'scaling', measureLatency: false })], { method });
    expect((await estimate(scaled)).cellsMs[0]).toBeGreaterThan(2 * 4 * 500);
  });

  test('grows with what the machine disturbs', async () => {
    const quiet = await estimate(plan(two), 0.01);
    const starved = await estimate(plan(two), 0.6);
    expect(starved.totalMs).toBeGreaterThan(quiet.totalMs);
  });

  test.each(presetNames)('runs the very search of %s', async (name: PresetName) => {
    const { method } = plan(two).profile;
    const { trialDurationMs, lossRatio } = method;
    const goals = presetGoals(name, { trialDurationMs, lossRatio, widthRatio: presetOf(name).widthRatio });
    const cells = [cell({ method: name, measureLatency: false, nfs: ['forward', 'forward', 'forward'] })];
    const expected = await estimate(plan(cells, { method: { ...method, name, goals } }));
    // Bounds, and the load found as often as the goal's duration sum asks.
    const [goal] = goals;
    const atLeast = (goal?.durationSumMs ?? 0) + 2 * trialDurationMs;
    expect(expected.cellsMs[0]).toBeGreaterThan(atLeast);
  });
});

test('what is left: the estimate, stretched as what is done was', () => {
  const expected = { beforeMs: 1_000, cellsMs: [2_000, 3_000, 4_000], totalMs: 10_000 };
  expect(remainingMs(expected, 0, 10)).toBe(10_000);
  expect(remainingMs(expected, 1, 1_000)).toBe(9_000);
  expect(remainingMs(expected, 2, 6_000)).toBe(14_000);
  expect(remainingMs(expected, 3, 6_000)).toBe(4_000);
});

test('what is left of a run that goes on: the time of cells that it has already is not held against it', () => {
  const expected = { beforeMs: 1_000, cellsMs: [2_000, 3_000, 4_000], totalMs: 10_000 };
  const ahead = withoutFirst(expected, 2);
  expect(ahead.totalMs).toBe(5_000);
  expect(remainingMs(ahead, 3, 1_000)).toBe(4_000);
});
