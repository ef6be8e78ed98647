import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { betaRatio, binomialTail, logGamma, proportionBelow } from './binomial.ts';

/** Probability of at most k successes, summed term by term, each from its logarithm: the first may be below all doubles. */
function cumulative(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return sum;
}

describe('upper bound of a proportion', () => {
  test('at the bound, so few successes are as improbable as was asked for', () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 300 }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([n, share]) => [Math.floor(share * (n - 1)), n] as const);
    fc.assert(
      fc.property(cases, fc.constantFrom(0.9, 0.95, 0.99), ([k, n], confidence) => {
        const bound = proportionBelow(k, n, confidence);
        expect(bound).toBeGreaterThan(k / n);
        expect(cumulative(k, n, bound)).toBeCloseTo(1 - confidence, 8);
      }),
    );
  });

  test('of nothing seen is the rule of three, also in very many packets', () => {
    expect(proportionBelow(0, 100, 0.95)).toBeCloseTo(1 - 0.05 ** 0.01, 12);
    expect(proportionBelow(0, 1e10, 0.95) * 1e10).toBeCloseTo(-Math.log(0.05), 6);
  });

  test('of a few in very many is that of a Poisson count', () => {
    // 95 % upper bounds of a Poisson mean after 1, 5 and 10 events.
    for (const [events, mean] of [
      [1, 4.7439],
      [5, 10.513],
      [10, 16.962],
    ] as const)
      expect(proportionBelow(events, 1e10, 0.95) * 1e10).toBeCloseTo(mean, 2);
  });

  test('of many in very many is the share and a little more', () => {
    const bound = proportionBelow(1e7, 1e9, 0.95);
    expect(bound).toBeGreaterThan(0.01);
    // 1.645 standard deviations of a normal.
    expect((bound - 0.01) / Math.sqrt((0.01 * 0.99) / 1e9)).toBeCloseTo(1.645, 2);
  });

  test('of all is 1; what makes no sense is refused', () => {
    expect(proportionBelow(7, 7, 0.95)).toBe(1);
    for (const [k, n, confidence] of [
      [1, 0, 0.95],
      [-1, 5, 0.95],
      [6, 5, 0.95],
      [1, 5, 1],
    ] as const)
      expect(() => proportionBelow(k, n, confidence)).toThrow(/expected 0 <= successes <= trials/);
  });
});

test('the incomplete beta function: ends, symmetry, and a case with a closed form', () => {
  expect([betaRatio(0, 2, 3), betaRatio(1, 2, 3)]).toEqual([0, 1]);
  expect(betaRatio(0.3, 1, 5)).toBeCloseTo(1 - 0.7 ** 5, 12);
  expect(betaRatio(0.7, 5, 1)).toBeCloseTo(0.7 ** 5, 12);
  expect(betaRatio(0.5, 40, 40)).toBeCloseTo(0.5, 12);
});

test('gamma of whole numbers is a factorial, of a half the root of pi', () => {
  let factorial = 1;
  for (let n = 1; n <= 20; n++) {
    expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 11);
    factorial *= n;
  }
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
});

test('a binomial tail is what the sum of the terms below leaves', () => {
  for (const [hits, trials, p] of [
    [1, 5, 0.3],
    [3, 9, 0.1],
    [9, 9, 0.7],
  ] as const)
    expect(binomialTail(hits, trials, p)).toBeCloseTo(1 - cumulative(hits - 1, trials, p), 11);
  expect(binomialTail(0, 5, 0.3)).toBe(1);
});
