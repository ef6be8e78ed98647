import { describe, expect, test } from 'vitest';
import { confirm } from './confirm.ts';
import type { ConfirmRule, Pair } from './confirm.ts';
import { pairsMax, pairsMin, planLooks } from './looks.ts';

const rule: ConfirmRule = { better: 'higher', kind: 'regression', floor: 0.05, roundsMax: 20, alpha: 0.0025 };

/** Pairs of that ratio, with a little noise that is the same every time. */
function pairs(count: number, ratio: number, noise = 0.01): Pair[] {
  return Array.from({ length: count }, (_, i) => ({
    before: 1e7 * (1 + noise * Math.sin(7 * i + 1)),
    after: 1e7 * ratio * (1 + noise * Math.sin(11 * i + 2)),
  }));
}

describe('the looks', () => {
  test('are planned before anything is measured, and their errors sum up to what is allowed at most', () => {
    expect(planLooks(20, 0.0025)).toEqual([
      { pairs: 4, k: null },
      { pairs: 8, k: null },
      { pairs: 12, k: 2 },
      { pairs: 16, k: 11 },
      { pairs: 20, k: 25 },
    ]);
  });

  test('the last comes after the last pair, and a pair fewer than can tell never tells', () => {
    expect(planLooks(10, 0.0025)).toEqual([
      { pairs: 4, k: null },
      { pairs: 8, k: null },
      { pairs: 10, k: 1 },
    ]);
    expect(pairsMin(0.0025)).toBe(9);
    expect(planLooks(9, 0.0025).at(-1)).toEqual({ pairs: 9, k: 0 });
    expect(planLooks(8, 0.0025).every(({ k }) => k === null)).toBe(true);
    expect(() => planLooks(pairsMax + 1, 0.0025)).toThrow(RangeError);
  });
});

test('a fall beyond the floor is confirmed at the first look that can tell', () => {
  const { confirmation, isFinal, rounds } = confirm(pairs(20, 0.8), rule);
  expect(confirmation.outcome).toBe('confirmed');
  expect({ isFinal, rounds }).toEqual({ isFinal: true, rounds: 12 });
  expect(confirmation.relativeChange).toBeCloseTo(-0.2, 2);
  expect(confirmation.interval[1]).toBeLessThan(-0.05);
  expect(confirmation.before).toHaveLength(12);
  expect(confirmation.confidence).toBeCloseTo(0.995);
  expect(confirmation.reason).toMatch(
    /^regression of -\d+\.\d % \(.* to .*\): all of it beyond 5 %, after 12 rounds\.$/,
  );
});

test('no change, a rise and a fall within the floor are refuted', () => {
  for (const ratio of [1, 1.3, 0.98]) {
    expect(confirm(pairs(20, ratio), rule).confirmation.outcome, String(ratio)).toBe('refuted');
  }
});

test('where lower is better a rise is the regression, and a fall the improvement', () => {
  const lower: ConfirmRule = { ...rule, better: 'lower' };
  expect(confirm(pairs(20, 1.2), lower).confirmation.outcome).toBe('confirmed');
  expect(confirm(pairs(20, 0.8), lower).confirmation.outcome).toBe('refuted');
  expect(confirm(pairs(20, 0.8), { ...lower, kind: 'improvement' }).confirmation.outcome).toBe('confirmed');
  expect(confirm(pairs(20, 1.2), { ...rule, kind: 'improvement' }).confirmation.outcome).toBe('confirmed');
});

test('too few pairs are undecided and not final; all of them in too much noise are, and say so', () => {
  expect(confirm([], rule)).toMatchObject({ isFinal: false, confirmation: { outcome: 'undecided' } });
  expect(confirm(pairs(11, 0.5), rule)).toMatchObject({
    isFinal: false,
    confirmation: { outcome: 'undecided', interval: [-1, Number.POSITIVE_INFINITY] },
  });
  const loud = confirm(pairs(20, 0.9, 0.4), rule);
  expect(loud.isFinal).toBe(true);
  expect(loud.confirmation.reason).toMatch(
    /^undecided: this machine's noise of \d+ % cannot show 5 % within 20 rounds\.$/,
  );
});

test('a change as large as the floor is too near to it, in as little noise as there may be', () => {
  const { confirmation } = confirm(pairs(20, 0.95), rule);
  expect(confirmation.outcome).toBe('undecided');
  expect(confirmation.reason).toMatch(/is too near to the floor of 5 %, after 20 rounds\.$/);
});

test('rounds so few that no look could tell are called that, and not noise', () => {
  expect(confirm(pairs(6, 0.5), { ...rule, roundsMax: 6 }).confirmation.reason).toBe(
    'undecided: 6 rounds are too few to tell anything.',
  );
});

test('rounds after the decision change nothing', () => {
  const decided = confirm(pairs(12, 0.8), rule).confirmation;
  expect(confirm([...pairs(12, 0.8), ...pairs(8, 1.2)], rule).confirmation).toEqual(decided);
});

test('one round that went wrong by any amount decides nothing', () => {
  const odd = pairs(20, 1).with(3, { before: 1e7, after: 1 });
  expect(confirm(odd, rule).confirmation.outcome).toBe('refuted');
});

test('what is no figure is no round', () => {
  for (const after of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => confirm([{ before: 1, after }], rule)).toThrow(/^round 1: expected two figures above 0/);
  }
  expect(() => confirm([], { ...rule, floor: 0 })).toThrow('floor: expected above 0');
  expect(() => confirm([], { ...rule, alpha: 0.5 })).toThrow('alpha: expected above 0');
});
