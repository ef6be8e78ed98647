import fc from 'fast-check';
import { expect, test } from 'vitest';
import { betaRegularized, binomialTail, lnGamma } from './special.ts';

test('gamma of whole numbers is a factorial, of a half the root of pi', () => {
  let factorial = 1;
  for (let n = 1; n <= 20; n++) {
    expect(lnGamma(n)).toBeCloseTo(Math.log(factorial), 11);
    factorial *= n;
  }
  expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
  expect(lnGamma(0.1)).toBeCloseTo(2.252712651734206, 11);
  expect(() => lnGamma(0)).toThrow('expected a number above 0');
});

test('the beta function has its closed forms', () => {
  for (const x of [0, 0.01, 0.3, 0.5, 0.77, 0.999, 1]) {
    expect(betaRegularized(x, 1, 1)).toBeCloseTo(x, 12);
    expect(betaRegularized(x, 3, 1)).toBeCloseTo(x ** 3, 12);
    expect(betaRegularized(x, 1, 4)).toBeCloseTo(1 - (1 - x) ** 4, 12);
    expect(betaRegularized(x, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(x)), 12);
  }
});

test('what is on one side of x is not on the other', () => {
  const shape = fc.double({ min: 0.5, max: 60, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1024 }), shape, shape, (k, a, b) => {
      const x = k / 1024;
      expect(betaRegularized(x, a, b) + betaRegularized(1 - x, b, a)).toBeCloseTo(1, 10);
    }),
  );
});

test('a binomial tail is the sum of its terms', () => {
  const choose = (n: number, k: number) => Math.exp(lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1));
  for (const [hits, trials, p] of [
    [0, 5, 0.3],
    [1, 5, 0.3],
    [3, 9, 0.1],
    [9, 9, 0.7],
  ] as const) {
    let sum = 0;
    for (let k = hits; k <= trials; k++) sum += choose(trials, k) * p ** k * (1 - p) ** (trials - k);
    expect(binomialTail(hits, trials, p)).toBeCloseTo(sum, 11);
  }
});
