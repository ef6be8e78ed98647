import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { presetNames } from '../profile/presets.ts';
import { relevantBounds, type MeasuredLoad } from './bounds.ts';
import { input, preset, search } from './goals.fixture.ts';
import { resultOf } from './judge.ts';
import { cliff, outcome, recorded } from './simulated.fixture.ts';
import { system, wirePps } from './simulated.ts';
import type { TrialOutcome } from './trial.ts';

const limits = { minPps: wirePps * 0.001, maxPps: wirePps };

describe.each(presetNames)('%s', (name) => {
  test('encloses the truth within its width, for devices that always do the same', async () => {
    const goal = preset(name);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('cliff', 'gradual', 'collapsing'),
        fc.double({ min: Math.log(wirePps * 0.002), max: Math.log(wirePps * 1.2), noNaN: true }),
        async (kind, log) => {
          const device = system(kind, Math.exp(log), 1);
          const [result] = (await search(device.trial, { ...limits, goals: [goal] })).goals;
          const { relevantLowerPps: lower, relevantUpperPps: upper } = result ?? {};
          if (typeof lower !== 'number') throw new Error('expected a lower bound');
          // A trial counts whole packets: its loss ratio is right within one of them.
          const packet = 1 / (lower * 0.25);
          const truth = (lossRatio: number) => device.truthPps({ ...goal, lossRatio }) ?? 0;
          expect(lower).toBeLessThanOrEqual(truth(goal.lossRatio + packet));
          expect(result?.conditionalThroughputPps).toBeGreaterThanOrEqual(lower * (1 - goal.lossRatio));
          if (typeof upper !== 'number') {
            expect(result).toMatchObject({ isRegular: false, relevantLowerPps: wirePps, verdict: 'valid' });
            return;
          }
          expect(upper).toBeGreaterThanOrEqual(truth(Math.max(0, goal.lossRatio - packet)));
          expect((upper - lower) / upper).toBeLessThanOrEqual(goal.widthRatio * 1.000001);
          expect(result).toMatchObject({ isRegular: true, verdict: 'valid', reason: null });
        },
      ),
      { numRuns: 100 },
    );
  });

  test('always ends, whatever the device does, and within its bound of trials', async () => {
    const calm = { verdict: 'valid' as const, loss: 0, offered: 1, undisturbedRatio: 1 };
    const answer = fc.record({
      verdict: fc.constantFrom('valid', 'valid', 'disturbed', 'generator-limited' as const),
      loss: fc.constantFrom(0, 0.003, 0.5),
      offered: fc.double({ min: 0.1, max: 1, noNaN: true }),
      undisturbedRatio: fc.constantFrom(0.2, 0.9),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(answer, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 200 }),
        async (answers, trialsMax) => {
          const device = recorded((load, i) => {
            const { verdict, loss, offered, undisturbedRatio } = answers[i % answers.length] ?? calm;
            const pps = verdict === 'generator-limited' ? load.pps * offered : load.pps;
            return outcome({ ...load, pps }, loss, { verdict, undisturbedRatio });
          });
          const result = await search(device, { goals: [preset(name), preset('csit-pdr')], trialsMax });
          expect(device.loads.length).toBeLessThanOrEqual(trialsMax);
          for (const { isRegular, reason, verdict } of result.goals) {
            expect(isRegular || reason !== null).toBe(true);
            if (verdict === 'disturbed') expect(reason).not.toBeNull();
          }
        },
      ),
    );
  });
});

describe('several goals in one search', () => {
  const both = [preset('csit-ndr'), preset('csit-pdr')];
  const gradual = () => system('gradual', 5e6, 1);

  test('each has its own bounds, and every trial counts for both', async () => {
    const device = gradual();
    const { goals, trials } = await search(device.trial, { goals: both });
    const alone = [];
    for (const goal of both) alone.push(await search(gradual().trial, { goals: [goal] }));
    expect(goals.map((goal) => goal.relevantLowerPps)).toEqual([
      expect.closeTo(5e6, -5),
      expect.closeTo(6.25e6, -5),
    ]);
    expect(goals.every((goal) => goal.isRegular)).toBe(true);
    expect(trials).toBeLessThan(alone.reduce((sum, result) => sum + result.trials, 0));
  });

  test('the same loads serve both where the device has a cliff', async () => {
    const device = cliff(5e6);
    const { goals, trials } = await search(device, { goals: both });
    expect(goals.every((goal) => goal.isRegular)).toBe(true);
    const alone = await search(cliff(5e6), { goals: [preset('csit-ndr')] });
    expect(trials).toBeLessThan(1.5 * alone.trials);
  });

  test('the strictest is the result, wherever it stands', async () => {
    for (const goals of [both, both.toReversed()]) {
      const result = await search(gradual().trial, { goals });
      expect(result.lowerPps).toBeLessThanOrEqual(5e6);
      expect(result.goals.map(({ goal }) => goal)).toEqual(goals);
    }
  });

  test('one that nothing meets does not keep the other from its result', async () => {
    const lossy = recorded((load) => outcome(load, Math.max(0.001, 1 - 5e6 / load.pps)));
    const { verdict, throughputPps, reason, goals } = await search(lossy, { goals: both });
    expect({ verdict, throughputPps }).toEqual({ verdict: 'valid', throughputPps: null });
    expect(reason).toMatch(/lost even at the lowest load tried/);
    expect(goals[0]).toMatchObject({
      isRegular: false,
      relevantLowerPps: null,
      conditionalThroughputPps: null,
    });
    expect(goals[1]).toMatchObject({ isRegular: true, relevantLowerPps: expect.closeTo(5e6, -5) });
  });
});

describe('a search ends early where its result can only be irregular', () => {
  test('the highest load passes: no other is offered', async () => {
    for (const name of presetNames) {
      const device = cliff(20e6);
      const { goals, reason } = await search(device, { goals: [preset(name)] });
      expect(new Set(device.loads.map(({ pps }) => pps))).toEqual(new Set([input.maxPps]));
      expect(reason).toBeNull();
      expect(goals[0]?.reason).toMatch(/^The highest load allowed, 14\.88 Mpps, passed/);
    }
  });

  test('the lowest load fails: five loads are enough to know', async () => {
    const goal = preset('quick', {
      initialTrialDurationMs: 1000,
      finalTrialDurationMs: 1000,
      durationSumMs: 1000,
    });
    const device = system('a packet a second', 5e6, 1);
    const result = await search(device.trial, { goals: [goal] });
    expect(result).toMatchObject({ throughputPps: null, upperPps: input.minPps });
    // The wire's rate fails at once; a packet lost of millions must be seen three times at each of four more.
    expect(result.trials).toBeLessThanOrEqual(1 + 3 * 4);
    expect((await search(device.trial, { goals: [preset('csit-pdr')] })).goals[0]).toMatchObject({
      isRegular: true,
    });
  });
});

test('short trials find where to look, long ones decide', async () => {
  const goal = preset('quick', {
    initialTrialDurationMs: 250,
    finalTrialDurationMs: 10_000,
    durationSumMs: 10_000,
  });
  const device = cliff(5e6);
  const result = await search(device, { goals: [goal] });
  expect(result.goals[0]?.isRegular).toBe(true);
  const long = device.loads.filter(({ durationMs }) => durationMs === 10_000);
  expect(long.map(({ pps }) => pps)).toEqual([result.lowerPps]);
  expect(device.loads.length).toBeGreaterThan(long.length);
});

describe('relevant bounds', () => {
  const goal = preset('quick');
  const at = (mpps: number, lossRatio: number, tooDisturbed = false) => {
    const load = { pps: mpps * 1e6, durationMs: 250 };
    const found = outcome(load, lossRatio);
    return {
      pps: load.pps,
      results: tooDisturbed ? [] : [resultOf(load, found)],
      tooDisturbed: tooDisturbed ? found : null,
    };
  };
  const boundsOf = (...loads: MeasuredLoad<TrialOutcome>[]) => {
    const { lower, upper, ceiling } = relevantBounds(goal, loads);
    return [lower, upper, ceiling].map((load) => load && load.pps / 1e6);
  };

  test('of loss inversion the lower load is believed', () => {
    expect(boundsOf(at(6, 0.5), at(5, 0), at(4, 0.5), at(3, 0))).toEqual([3, 4, 4]);
    expect(boundsOf(at(4, 0.5), at(5, 0))).toEqual([null, 4, 4]);
  });

  test('without an upper bound the highest that passed is the lower one', () => {
    expect(boundsOf(at(3, 0), at(5, 0))).toEqual([5, null, null]);
    expect(boundsOf()).toEqual([null, null, null]);
  });

  test('a load that stayed undecided is a ceiling, no bound, and none below what passed', () => {
    expect(boundsOf(at(3, 0), at(4, 0, true), at(5, 0.5))).toEqual([3, 5, 4]);
    expect(boundsOf(at(3, 0, true), at(4, 0), at(5, 0.5))).toEqual([4, 5, 5]);
  });
});

test('lossy trials are excused up to the exceed ratio', async () => {
  const everyThird = () =>
    recorded((load, i) => outcome(load, load.pps > 5e6 ? 1 - 5e6 / load.pps : i % 3 === 0 ? 0.02 : 0));
  const tolerant = await search(everyThird(), { goals: [preset('csit-ndr')] });
  expect(tolerant.lowerPps).toBeGreaterThan(5e6 * 0.99);
  expect(tolerant.goals[0]?.conditionalThroughputPps).toBe(tolerant.lowerPps);
  const strict = await search(everyThird(), { goals: [preset('csit-ndr', { exceedRatio: 0.1 })] });
  expect(strict.throughputPps).toBeNull();
});
