import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logGamma } from './binomial.ts';
import { describedGroups, groupBits, log2Min } from './description-length.ts';
import { eDivisive, mostDivergent } from './e-divisive.ts';
import { eliminate } from './eliminate.ts';
import { moments } from './moments.ts';
import { leastAbsoluteDeviations, robustSteps } from './robust-step.ts';
import { huberLevel, noiseSigma, robustSigma } from './robust.ts';
import { median } from './summary.ts';

const integers = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 6, maxLength: 14 });
/** Two levels with a little noise that repeats. */
const step = [...Array<number>(30).keys()].map((i) => (i < 20 ? 100 : 90) + [0, 1, -1, 0.5, -0.5][i % 5]!);
const spike = step.map((_, i) => (i === 12 ? 300 : 100 + [0, 1, -1, 0.5, -0.5][i % 5]!));
const options = { window: 50, segmentMin: 3, pValueMax: 0.001 };

test('sums of any stretch are those of its values, at any level', () => {
  fc.assert(
    fc.property(integers, fc.constantFrom(0, 1e7), (values, level) => {
      const moved = values.map((value) => level + value);
      const sums = moments(moved);
      const stretch = values.slice(2, 6);
      const mean = stretch.reduce((sum, value) => sum + value, 0) / 4;
      expect(sums.mean(2, 6) - level).toBeCloseTo(mean, 6);
      expect(sums.squares(2, 6)).toBeCloseTo(
        stretch.reduce((sum, value) => sum + (value - mean) ** 2, 0),
        6,
      );
    }),
  );
});

test('the most doubtful goes first, and its neighbours are judged anew', () => {
  const points = [10, 12, 20].map((index) => ({ index }));
  const kept = eliminate(
    points,
    30,
    (from, { index }, to) => Math.min(index - from, to - index),
    (room) => 6 - room,
  );
  expect(kept.map(({ point, judgement }) => [point.index, judgement])).toEqual([
    [12, 8],
    [20, 8],
  ]);
  expect(
    eliminate(
      [],
      3,
      () => 0,
      () => 1,
    ),
  ).toEqual([]);
});

describe('E-divisive', () => {
  /** Equations 5 to 7 of Matteson and James, term by term. */
  function divergence(values: readonly number[], at: number, end: number): number {
    const [x, y] = [values.slice(0, at), values.slice(at, end)];
    const between = x.flatMap((a) => y.map((b) => Math.abs(a - b)));
    const within = (side: readonly number[]) =>
      side.flatMap((a, i) => side.slice(i + 1).map((b) => Math.abs(a - b)));
    const average = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    return ((x.length * y.length) / end) * (2 * average(between) - average(within(x)) - average(within(y)));
  }

  test('finds the place with the greatest divergence', () => {
    fc.assert(
      fc.property(integers, (values) => {
        let best = Number.NEGATIVE_INFINITY;
        for (let at = 2; at + 2 <= values.length; at++)
          for (let end = at + 2; end <= values.length; end++)
            best = Math.max(best, divergence(values, at, end));
        const found = mostDivergent(values, 2);
        if (found === null) throw new Error('expected a place');
        const ends = values.map((_, i) => i + 1).filter((end) => end >= found + 2);
        expect(Math.max(...ends.map((end) => divergence(values, found, end)))).toBeCloseTo(best, 8);
      }),
    );
    expect(mostDivergent([1, 2, 3], 2)).toBeNull();
  });

  test('finds a step and none where there is none, also beyond its window', () => {
    const far = [
      ...Array<number>(70)
        .fill(0)
        .map((_, i) => 100 + [0, 1, -1][i % 3]!),
      ...step,
    ];
    expect(eDivisive(step, options).map((point) => point.index)).toEqual([20]);
    expect(eDivisive(far, options).map((point) => point.index)).toEqual([90]);
    expect(eDivisive(step.slice(0, 20), options)).toEqual([]);
    expect(eDivisive(Array<number>(40).fill(7), options)).toEqual([]);
  });
});

describe('robust steps', () => {
  test('are placed with the least sum of absolute deviations, from either end of time', () => {
    const cost = (values: readonly number[], at: number) =>
      [values.slice(0, at), values.slice(at)]
        .flatMap((side) => side.map((value) => Math.abs(value - median(side))))
        .reduce((sum, value) => sum + value, 0);
    fc.assert(
      fc.property(integers, (values) => {
        const at = leastAbsoluteDeviations(values, 2) ?? 0;
        const places = values.map((_, i) => i).filter((i) => i >= 2 && i + 2 <= values.length);
        expect(cost(values, at)).toBeCloseTo(Math.min(...places.map((place) => cost(values, place))), 8);
        const back = leastAbsoluteDeviations(values.toReversed(), 2) ?? 0;
        expect(cost(values, values.length - back)).toBeCloseTo(cost(values, at), 8);
      }),
    );
  });

  test('are found, and a spike is none, however high', () => {
    const indexes = (values: readonly number[]) =>
      robustSteps(values, { ...options, sigmaMin: 0.1 }).map(({ index }) => index);
    expect(indexes(step)).toEqual([20]);
    expect(indexes(spike)).toEqual([]);
    expect(indexes(step.map((value, i) => (i === 12 ? 1e6 : value)))).toEqual([20]);
  });

  test('a level and its noise are those of most values', () => {
    const values = [10, 11, 9, 10.5, 9.5, 1000];
    expect(huberLevel(values, 1)).toBeGreaterThan(9.9);
    expect(huberLevel(values, 1)).toBeLessThan(10.6);
    expect(huberLevel([1, 2, 6], 1e9)).toBeCloseTo(3, 4);
    expect(huberLevel([1, 2, 6], 0)).toBe(2);
    expect(robustSigma([1, 2, 3, 4, 1000])).toBeCloseTo(1.4826, 10);
    expect(noiseSigma([1, 2, 1, 2, 1, 50, 51, 50])).toBeCloseTo(1.4826 / Math.SQRT2, 10);
    expect(noiseSigma([5])).toBe(0);
  });
});

describe('description length', () => {
  /** CSIT's documentation, bit by bit. */
  function bits(group: readonly number[], max: number, before: number | null): number {
    const count = group.length;
    const mean = group.reduce((sum, value) => sum + value, 0) / count;
    const sigma = Math.sqrt(group.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    let sum = Math.log2(count * (count + 1));
    if (before === null) sum += Math.log2(max + 1);
    else sum -= Math.log2((Math.abs(mean - before) + 1) / (before ** 2 - (before - 1) * max + max ** 2 / 2));
    if (count < 2) return sum;
    const ln = Math.log(2) + ((count - 1) / 2) * Math.log(Math.PI) - logGamma((count - 1) / 2);
    const samples = ln + (count - 2) * Math.log(sigma + 1) + ((count - 2) / 2) * Math.log(count);
    return sum + Math.log2(max + 1) + samples / Math.LN2;
  }

  test('the division is the one whose bits, added up by their definition, are fewest', () => {
    const slowly = (values: readonly number[]) => {
      const max = Math.max(...values);
      const best: { bits: number; level: number | null; starts: number[] }[] = [
        { bits: 0, level: null, starts: [] },
      ];
      for (let end = 1; end <= values.length; end++) {
        const ways = best.map((earlier, from) => {
          const group = values.slice(from, end);
          const level = group.reduce((sum, value) => sum + value, 0) / group.length;
          return {
            bits: earlier.bits + bits(group, max, earlier.level),
            level,
            starts: [...earlier.starts, from],
          };
        });
        best.push(ways.reduce((a, b) => (b.bits < a.bits ? b : a)));
      }
      return best.at(-1)?.starts;
    };
    fc.assert(
      fc.property(integers, (values) => {
        expect(describedGroups(values, { unit: 1 })).toEqual(slowly(values));
      }),
    );
  });

  test('a step makes two groups, a spike one of its own, the same values one', () => {
    expect(describedGroups(step, { unit: 0.1 })).toEqual([0, 20]);
    expect(describedGroups(spike, { unit: 0.1 })).toEqual([0, 12, 13]);
    expect(describedGroups(Array<number>(9).fill(5), { unit: 0.1 })).toEqual([0]);
    expect(describedGroups([], { unit: 1 })).toEqual([]);
  });

  test('no later mean costs less than the bound that spares its logarithm', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, fc.integer({ min: 2, max: 1e6 }), (a, b, max) => {
        const of = groupBits(max, 1);
        expect(of.level(a * max, b * max)).toBeGreaterThanOrEqual(of.levelMin);
      }),
    );
  });

  test('the bound that spares a logarithm is below it, and near', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e9, noNaN: true }), (x) => {
        const short = Math.log2(x) - log2Min(x);
        expect(short).toBeGreaterThanOrEqual(-1e-12);
        expect(short).toBeLessThan(0.021);
      }),
    );
    expect(log2Min(1e300)).toBe(30);
  });

  test('the unit is the only scale', () => {
    fc.assert(
      fc.property(integers, (values) => {
        const scaled = values.map((value) => value * 1024);
        expect(describedGroups(scaled, { unit: 1024 })).toEqual(describedGroups(values, { unit: 1 }));
      }),
    );
  });
});
