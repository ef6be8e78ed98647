import { expect, test } from 'vitest';
import { clearest, stepFloor, stepVerdict } from './bisect-report.ts';
import type { CellState } from './rounds.ts';

function state(
  outcome: CellState['outcome'],
  relativeChange = 0,
  width = 0.1,
  frameSizeBytes = 64,
): CellState {
  return {
    cell: { dataplane: 'netvm', isolation: 'process', nfs: ['forward'], frameSizeBytes, method: 'mrr' },
    metric: { name: 'receivedPps', unit: 'pps', better: 'higher' },
    outcome,
    reason: `${outcome}.`,
    isFinal: true,
    confirmed: {
      isFinal: true,
      rounds: 12,
      noise: 0.01,
      confirmation: {
        outcome: outcome === 'confirmed' || outcome === 'refuted' ? outcome : 'undecided',
        relativeChange,
        interval: [relativeChange - width / 2, relativeChange + width / 2],
        confidence: 0.98,
        before: [],
        after: [],
        reason: '',
      },
    },
  };
}

test('the clearest cell is one that fails, else the one furthest from no change for its width', () => {
  const [wide, sharp] = [state('confirmed', -0.3, 0.4), state('confirmed', -0.1, 0.02, 1518)];
  expect(clearest([state('refuted'), wide, sharp])).toBe(sharp);
  expect(clearest([wide, state('failed'), sharp])?.outcome).toBe('failed');
  expect(clearest([state('refuted'), state('undecided'), state('incomparable')])).toBeNull();
});

test('steps are decided at half of the whole change, not below the floor and not beyond half', () => {
  expect(stepFloor(state('confirmed', -0.2), 0.05)).toBeCloseTo(0.1);
  expect(stepFloor(state('confirmed', -0.06), 0.05)).toBe(0.05);
  expect(stepFloor(state('confirmed', 3), 0.05)).toBe(0.5);
  expect(stepFloor(state('failed'), 0.05)).toBe(0.05);
});

test('a step of a slow-down: what cannot be measured is passed over, what cannot be told is undecided', () => {
  const verdict = (outcome: CellState['outcome']) => stepVerdict(state(outcome), false).verdict;
  expect(verdict('confirmed')).toBe('bad');
  expect(verdict('refuted')).toBe('good');
  expect(verdict('failed')).toBe('unusable');
  expect(verdict('undecided')).toBe('undecided');
  expect(verdict('incomparable')).toBe('undecided');
  expect(stepVerdict(undefined, false).verdict).toBe('unusable');
});

test('a step of a failure: whatever can be measured is good', () => {
  const verdict = (outcome: CellState['outcome']) => stepVerdict(state(outcome), true).verdict;
  expect(verdict('failed')).toBe('bad');
  for (const outcome of ['confirmed', 'refuted', 'undecided'] as const) expect(verdict(outcome)).toBe('good');
  expect(verdict('incomparable')).toBe('undecided');
});
