import { describe, expect, test } from 'vitest';
import { lossCurve, type CurveGoal } from './loss-curve.ts';
import { cliff, disturbed, outcome, recorded } from './simulated.fixture.ts';

const goal: CurveGoal = { maxPps: 10e6, stepRatio: 0.1, durationMs: 100, maxRepeats: 2 };
const loads = (points: readonly { readonly loadPercent: number }[]) => points.map((p) => p.loadPercent);

describe('loss by load', () => {
  test('from the full wire downwards, until two loads in turn lose nothing', async () => {
    const device = cliff(6.5e6);
    const { points, best, ended } = await lossCurve(device, goal);
    expect(loads(points)).toEqual([100, 90, 80, 70, 60, 50]);
    expect(points.map((p) => p.lossRatio > 0)).toEqual([true, true, true, true, false, false]);
    expect(points[0]?.lossRatio).toBeCloseTo(0.35);
    expect(best?.offeredPps).toBe(6e6);
    expect(ended).toBeNull();
  });

  test('a device that keeps up: two loads', async () =>
    expect(loads((await lossCurve(cliff(20e6), goal)).points)).toEqual([100, 90]));

  test('a lossless load between lossy ones starts the count anew', async () => {
    const device = recorded((load, i) => outcome(load, [0.2, 0, 0.01, 0, 0][i] ?? 1));
    expect(loads((await lossCurve(device, goal)).points)).toEqual([100, 90, 80, 70, 60]);
  });

  test('a device that always loses ends with the lowest load; finer steps are exact', async () => {
    const device = recorded((load) => outcome(load, 0.5));
    const { points, best } = await lossCurve(device, { ...goal, stepRatio: 0.05 });
    expect(points).toHaveLength(20);
    expect(points.at(-1)?.loadPercent).toBe(5);
    expect(best).toBeNull();
  });
});

describe('trials that are not valid', () => {
  test('are repeated; what only gaps lost is no loss of the device, and marked', async () => {
    const device = recorded((load) => disturbed(load));
    const { points } = await lossCurve(device, goal);
    expect(device.loads).toHaveLength(2 * 3);
    expect(points.map((p) => [p.verdict, p.lossOutsideGapsRatio])).toEqual([
      ['disturbed', 0],
      ['disturbed', 0],
    ]);
    expect(points[0]?.lossRatio).toBeGreaterThan(0);
  });

  test('a load that was not offered shows nothing, nor does one with gaps most of the time', async () => {
    const limited = recorded((load) =>
      outcome(load, 0, load.pps > 7.5e6 ? { verdict: 'generator-limited', offeredPps: 7e6 } : {}),
    );
    const { points, best } = await lossCurve(limited, goal);
    expect(loads(points)).toEqual([100, 90, 80, 70, 60]);
    expect(points[0]?.verdict).toBe('generator-limited');
    expect(best?.offeredPps).toBe(7e6);
    const gaps = recorded((load) => ({ ...disturbed(load), undisturbedRatio: 0.4 }));
    expect((await lossCurve(gaps, goal)).points).toHaveLength(10);
  });

  test('the one that lost least stands', async () => {
    const losses = [300, 7, 90];
    const device = recorded((load, i) => disturbed(load, losses[i % 3]));
    const { points } = await lossCurve(device, goal);
    expect(points).toHaveLength(10);
    expect(points[0]?.lossOutsideGapsRatio).toBeCloseTo(7 / 1e6);
  });

  test('books that never close and a dead NF end the curve, with what was found before', async () => {
    for (const verdict of ['unbalanced', 'nf-died'] as const) {
      const device = recorded((load, i) => outcome(load, 0.1, i === 0 ? {} : { verdict }));
      const { points, ended } = await lossCurve(device, goal);
      expect(points).toHaveLength(1);
      expect(ended?.verdict).toBe(verdict);
    }
  });
});

test('steps wider than the RFC allows are refused', async () => {
  await expect(lossCurve(cliff(1), { ...goal, stepRatio: 0.2 })).rejects.toThrow(/at most 0.1; got 0.2/);
  await expect(lossCurve(cliff(1), { ...goal, stepRatio: 0 })).rejects.toThrow(/stepRatio/);
});
