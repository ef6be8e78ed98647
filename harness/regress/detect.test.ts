import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { simulate } from '../bench/regress-simulator.ts';
import { detect } from './detect.ts';
import type { DetectOptions } from './detect.ts';
import { vote } from './vote.ts';

const options: DetectOptions = { better: 'higher', minChange: 0.01 };
const seeds = fc.integer({ min: 0, max: 1e6 });

/** Noise of 1 % around 1, always the same for a seed. */
function noisy(runs: number, seed: number): number[] {
  return simulate('quiet', runs, seed).series.values.map((value) => (value ?? 0) / 1e7);
}

function stepped(runs: number, at: number, size: number, seed = 1): number[] {
  return noisy(runs, seed).map((value, i) => (i < at ? value : value * (1 + size)));
}

test('a step is found where it is, as large as it is, with the way that is good', () => {
  const values = stepped(60, 40, -0.1);
  const [change, ...more] = detect({ values }, options).changes;
  expect(more).toEqual([]);
  expect(change).toMatchObject({
    index: 40,
    kind: 'regression',
    votes: ['description-length', 'e-divisive', 'robust-step'],
  });
  expect(change?.relativeChange).toBeCloseTo(-0.1, 2);
  expect(change?.before).toBeCloseTo(1, 1);
  expect(change?.after).toBeCloseTo(0.9, 1);
  expect(detect({ values }, { ...options, better: 'lower' }).changes[0]?.kind).toBe('improvement');
});

test('six runs are the least, and enough for what is plain', () => {
  expect(
    detect({ values: [100, 101, 100, 80, 81, 80] }, options).changes.map((change) => change.index),
  ).toEqual([3]);
  expect(detect({ values: [100, 101, 80, 81, 80] }, options).changes).toEqual([]);
  expect(detect({ values: [] }, options).changes).toEqual([]);
});

test('values of a counter without any noise', () => {
  const flat = [...Array<number>(20).fill(5), ...Array<number>(20).fill(4)];
  expect(detect({ values: flat }, options).changes).toMatchObject([
    { index: 20, relativeChange: -0.2, pValue: 0 },
  ]);
  expect(detect({ values: Array<number>(40).fill(5) }, options).changes).toEqual([]);
});

test('a level that comes and goes every ten runs: one change that is not sure takes no others with it', () => {
  const values = noisy(1500, 3).map((value, i) => (Math.floor(i / 10) % 2 === 0 ? value : value / 2));
  // 149 of them.
  expect(detect({ values }, options).changes.length).toBeGreaterThan(140);
});

test('a change below the floor is not told', () => {
  const values = stepped(200, 100, -0.03);
  expect(detect({ values }, options).changes).toHaveLength(1);
  expect(detect({ values }, { ...options, minChange: 0.05 }).changes).toEqual([]);
});

describe('a single outlier', () => {
  test('is never a change, wherever it stands and however large it is', () => {
    const size = fc.constantFrom(-0.9, -0.3, -0.1, 0.1, 0.5, 10, 1e6);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 39 }), size, (at, extra) => {
        // A stretch without any change of its own, so that a change could only be the outlier's.
        const values = stepped(40, 40, 0, 5);
        const spiked = values.map((value, i) => (i === at ? value * (1 + extra) : value));
        for (let runs = at + 1; runs <= 40; runs++)
          expect(detect({ values: spiked.slice(0, runs) }, options).changes).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  test('does not hide a step, and is named', () => {
    const values = stepped(60, 40, -0.05).map((value, i) => (i === 20 ? value * 1.5 : value));
    const { changes, outliers } = detect({ values }, options);
    expect(changes.map((change) => change.index)).toEqual([40]);
    expect(outliers).toEqual([20]);
  });
});

describe('gaps', () => {
  test('are no zeros: a series with failed runs has the changes of the others, at their own indexes', () => {
    const values = stepped(60, 40, -0.1);
    const gappy = values.flatMap((value, i) => (i % 7 === 3 ? [null, value] : [value]));
    const [change] = detect({ values: gappy }, options).changes;
    expect(gappy[change?.index ?? -1]).toBe(values[40]);
    expect(
      detect({ values: stepped(40, 40, 0).map((value, i) => (i > 20 && i < 30 ? null : value)) }, options)
        .changes,
    ).toEqual([]);
  });
});

describe('the control', () => {
  const control = stepped(60, 40, -0.1, 2);

  test('absorbs what it shows too', () => {
    const { changes, absorbed } = detect({ values: stepped(60, 40, -0.1), control }, options);
    expect(changes).toEqual([]);
    expect(absorbed).toMatchObject([{ index: 40 }]);
    expect(absorbed[0]?.controlChange).toBeCloseTo(-0.1, 2);
  });

  test('absorbs neither a change of its own direction that is far larger, nor one of the other, nor one at another place', () => {
    const indexes = (values: number[]) =>
      detect({ values, control }, options).changes.map((change) => change.index);
    expect(indexes(stepped(60, 40, -0.4))).toEqual([40]);
    expect(indexes(stepped(60, 40, 0.1))).toEqual([40]);
    expect(indexes(stepped(60, 20, -0.1))).toEqual([20]);
  });

  test('with gaps says nothing of them', () => {
    const gappy = control.map((value, i) => (i >= 40 ? null : value));
    expect(detect({ values: stepped(60, 40, -0.1), control: gappy }, options).changes).toMatchObject([
      { index: 40, controlChange: 0 },
    ]);
  });
});

test('the unit of the values changes nothing', () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom(2 ** -20, 2 ** 20), (seed, scale) => {
      const { series } = simulate('two steps', 120, seed);
      const told = (values: readonly (number | null)[]) =>
        detect({ values }, options).changes.map(({ index, relativeChange, pValue }) => ({
          index,
          relativeChange,
          pValue,
        }));
      const scaled = told(series.values.map((value) => (value === null ? null : value * scale)));
      expect(scaled).toEqual(told(series.values));
    }),
    { numRuns: 30 },
  );
});

test('a vote is of different methods that are near each other', () => {
  const found = { 'description-length': [10, 50], 'e-divisive': [12, 30], 'robust-step': [13, 31, 60] };
  expect(vote(found, 2)).toEqual([
    { index: 12, votes: ['description-length', 'e-divisive', 'robust-step'] },
    { index: 30, votes: ['e-divisive', 'robust-step'] },
  ]);
  expect(vote({ 'description-length': [], 'e-divisive': [5, 7], 'robust-step': [] }, 2)).toEqual([]);
});
