import { describe, expect, test } from 'vitest';
import type { SearchGoal } from '../model/goal.ts';
import { classifyLoad, conditionalThroughputPps } from './classify.ts';
import { resultOf } from './judge.ts';
import type { TrialResult } from './result.ts';
import { outcome } from './simulated.fixture.ts';

/**
 * The example of RFC 9971, Appendix C ("Example Search"): four goals, one load, and what they make of it as trials come in. Its
 * table calls the load a lower bound of "20% exceed" at the last two points, where its own exceed ratios are 42.9 % and 27.3 %:
 * the code of Appendix A, which the RFC says decides, makes it an upper bound.
 */
const goals = {
  rfc2544: goal(60, 60, 0, 0),
  tst009: goal(60, 120, 0, 0.5),
  '1s final': goal(1, 120, 0.005, 0.5),
  '20% exceed': goal(60, 60, 0.005, 0.2),
};

const points: [string, TrialResult[], Record<keyof typeof goals, string>][] = [
  [
    'first short good',
    trials(59, 1, 0),
    { rfc2544: 'undecided', tst009: 'undecided', '1s final': 'undecided', '20% exceed': 'undecided' },
  ],
  [
    'first short bad',
    trials(1, 1, 0.01),
    { rfc2544: 'upper-bound', tst009: 'undecided', '1s final': 'undecided', '20% exceed': 'undecided' },
  ],
  [
    'last short bad',
    trials(59, 1, 0.01),
    { rfc2544: 'upper-bound', tst009: 'undecided', '1s final': 'undecided', '20% exceed': 'upper-bound' },
  ],
  [
    'last short good',
    trials(1, 1, 0),
    { rfc2544: 'upper-bound', tst009: 'undecided', '1s final': 'lower-bound', '20% exceed': 'upper-bound' },
  ],
  [
    'first long bad',
    trials(1, 60, 0.001),
    { rfc2544: 'upper-bound', tst009: 'undecided', '1s final': 'lower-bound', '20% exceed': 'upper-bound' },
  ],
  [
    'first long good',
    trials(1, 60, 0),
    { rfc2544: 'upper-bound', tst009: 'lower-bound', '1s final': 'lower-bound', '20% exceed': 'upper-bound' },
  ],
];

describe("the RFC's example", () => {
  test.each(points.map(([name], i) => [name, i] as const))('%s', (_name, i) => {
    const results = points.slice(0, i + 1).flatMap(([, added]) => added);
    const found = Object.entries(goals).map(([name, goal]) => [name, classifyLoad(goal, results)]);
    expect(Object.fromEntries(found)).toEqual(points[i]?.[2]);
  });

  test('its conditional throughputs', () => {
    const results = points.flatMap(([, added]) => added);
    const at = (goal: SearchGoal) => conditionalThroughputPps(goal, 1e6, results);
    expect(at(goals.tst009)).toBe(1e6);
    expect(at(goals['1s final'])).toBe(1e6);
    expect(at(goals['20% exceed'])).toBe(999_000);
  });
});

test('a load without trials is undecided, and too few of full length promise nothing', () => {
  expect(classifyLoad(goals.tst009, [])).toBe('undecided');
  expect(conditionalThroughputPps(goals.tst009, 1e6, trials(60, 1, 0))).toBe(0);
});

test('thresholds are met whatever the last bit of a sum', () => {
  const tenth = { ...goal(0.1, 0.3, 0, 0.1), initialTrialDurationMs: 100 };
  expect(classifyLoad(tenth, trials(3, 0.1, 0))).toBe('lower-bound');
  const third = goal(0.1, 0.3, 0, 1 / 3);
  expect(classifyLoad(third, [...trials(2, 0.1, 0), ...trials(1, 0.1, 0.5)])).toBe('lower-bound');
  expect(classifyLoad(third, [...trials(1, 0.1, 0), ...trials(2, 0.1, 0.5)])).toBe('upper-bound');
});

test('a trial of which the gaps alone may have taken what is too much says nothing', () => {
  const [result] = trials(1, 60, 0.01);
  if (!result) throw new Error('expected a trial');
  const either = { ...result, lossRatioMin: 0.001 };
  expect(classifyLoad(goals['1s final'], [either])).toBe('undecided');
  expect(classifyLoad(goals['1s final'], [{ ...either, lossRatioMin: 0.006 }])).toBe('undecided');
  expect(classifyLoad({ ...goals['1s final'], durationSumMs: 60_000 }, [result])).toBe('upper-bound');
});

function goal(finalS: number, sumS: number, lossRatio: number, exceedRatio: number): SearchGoal {
  return {
    lossRatio,
    exceedRatio,
    initialTrialDurationMs: finalS * 1000,
    finalTrialDurationMs: finalS * 1000,
    durationSumMs: sumS * 1000,
    widthRatio: 0.005,
  };
}

function trials(count: number, seconds: number, lossRatio: number): TrialResult[] {
  const load = { pps: 1e6, durationMs: seconds * 1000 };
  return Array.from({ length: count }, () => resultOf(load, outcome(load, lossRatio)));
}
