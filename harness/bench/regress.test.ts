import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RegressBench } from './regress.ts';
import { isFoundWithin, scoreOnline, scoreWhole } from './regress-scoreboard.ts';
import type { Detector } from './regress-scoreboard.ts';
import { seriesKinds, simulate } from './regress-simulator.ts';

const bench = resolve(import.meta.dirname, 'regress.ts');

describe('the simulator', () => {
  test.each(seriesKinds)('%s: the same series for a seed, others for others', (kind) => {
    expect(simulate(kind, 120, 7)).toEqual(simulate(kind, 120, 7));
    expect(simulate(kind, 120, 8).series.values).not.toEqual(simulate(kind, 120, 7).series.values);
  });

  test('a truth is where the level changes, by as much as it says', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { series, truths } = simulate('step', 120, seed);
      const [truth] = truths;
      if (!truth) throw new Error('expected a truth');
      const mean = (from: number, to: number) =>
        series.values.slice(from, to).reduce<number>((sum, value) => sum + (value ?? 0), 0) / (to - from);
      const [before, after] = [mean(0, truth.index), mean(truth.index, 120)];
      // Four standard errors of the shortest stretch, 20 runs.
      expect(Math.abs((after - before) / before - truth.relativeChange)).toBeLessThan(
        4 * 0.01 * Math.sqrt(1 / 20 + 1 / 40) * 1.2,
      );
    }
  });
});

describe('the scoreboard', () => {
  const one = simulate('step of 3 %', 120, 3);
  const truth = one.truths[0] ?? { index: 0, relativeChange: 0 };
  /** Tells the truth as soon as it has lasted for so many runs. */
  const oracle =
    (runs: number): Detector =>
    ({ values }) =>
      values.length >= truth.index + runs ? [truth] : [];

  test('counts the delay from the first run of the new level, which is 1', () => {
    expect(scoreOnline([one], oracle(1))).toEqual({ truths: 1, delaysRuns: [1], falseAlarms: 0, runs: 120 });
    expect(scoreOnline([one], oracle(5)).delaysRuns).toEqual([5]);
    expect(isFoundWithin(one, oracle(5), 5)).toBe(true);
    expect(isFoundWithin(one, oracle(6), 5)).toBe(false);
  });

  test('counts a false alarm once, even where it goes away, and one that moves as the same', () => {
    const flicker: Detector = ({ values }) =>
      values.length % 2 === 0 ? [{ index: 20, relativeChange: 0.1 }] : [];
    expect(scoreOnline([one], flicker)).toMatchObject({ delaysRuns: [], falseAlarms: 1 });
    const drifting: Detector = ({ values }) => [
      { index: values.length - 3, relativeChange: 0.1 * -truth.relativeChange },
    ];
    expect(scoreOnline([one], drifting).falseAlarms).toBe(1);
  });

  test('counts a change of the other direction, or before its time, as false', () => {
    expect(scoreOnline([one], () => [truth]).falseAlarms).toBe(1);
    const other: Detector = () => [{ ...truth, relativeChange: -truth.relativeChange }];
    expect(scoreWhole([one], other)).toEqual({ truths: 1, found: 0, wrong: 1 });
    expect(scoreWhole([one], oracle(1))).toEqual({ truths: 1, found: 1, wrong: 0 });
  });
});

test('the benchmark runs, and the ensemble is better than each of its methods', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bench, '--series', '2', '--json'], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  const { contestants, kinds, reach, speed } = JSON.parse(stdout) as RegressBench;
  const [ensemble, ...others] = contestants;
  expect(others.map((row) => row.name)).toEqual(
    expect.arrayContaining(['description-length', 'e-divisive, p < 0.001', 'robust-step, p < 0.001']),
  );
  for (const other of others) expect(ensemble?.f1, other.name).toBeGreaterThan(other.f1);
  expect(ensemble?.f1).toBeGreaterThan(0.95);
  expect(reach.foundWithin5).toBeGreaterThan(0.95);
  expect(reach.falseAlarmsPer1000).toBeLessThan(2);
  expect(kinds).toHaveLength(seriesKinds.length);
  expect(speed).toMatchObject({ series: 50, runs: 365 });
});

test('a senseless number of series is refused', () => {
  const { status, stderr } = spawnSync(process.execPath, [bench, '--series', 'x'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'regress: --series: expected a whole number from 1 to 10000, got x\n',
  });
});
