import fc from 'fast-check';
import { expect, test } from 'vitest';
import { studentQuantile, sampleOf, studentTails, studentTest, varianceTest, welchTest } from './student.ts';

test('the tails have their closed forms for 1, 2 and 4 degrees of freedom, and the table for 10', () => {
  for (const t of [0, 0.1, 1, 2.5, 30, -30]) {
    const x = Math.abs(t);
    expect(studentTails(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(x), 12);
    expect(studentTails(t, 2)).toBeCloseTo(1 - x / Math.sqrt(2 + x * x), 12);
    const u = 1 + (x * x) / 4;
    expect(studentTails(t, 4)).toBeCloseTo(1 - (x / 2 / Math.sqrt(u)) * (1.5 - (x * x) / (8 * u)), 12);
  }
  expect(studentTails(2.228, 10)).toBeCloseTo(0.05, 4);
  expect(studentTails(4.587, 10)).toBeCloseTo(0.001, 5);
  expect(studentTails(Number.POSITIVE_INFINITY, 3)).toBe(0);
});

test('samples of the same mean differ by chance, samples without spread do not', () => {
  const [flat, other] = [sampleOf([3, 3, 3]), sampleOf([4, 4, 4])];
  expect([studentTest(flat, flat), welchTest(flat, flat)]).toEqual([1, 1]);
  expect([studentTest(flat, other), welchTest(flat, other)]).toEqual([0, 0]);
  expect(studentTest(sampleOf([1]), sampleOf([2]))).toBe(1);
});

test('Welch agrees with Student where both samples are of one size and one spread', () => {
  const [a, b] = [sampleOf([1, 2, 3, 4]), sampleOf([3, 4, 5, 6])];
  expect(welchTest(a, b)).toBeCloseTo(studentTest(a, b), 12);
  // By hand: t = 2 / sqrt(5/3 * (1/4 + 1/4)) = 2.191, 6 degrees.
  expect(studentTest(a, b)).toBeCloseTo(0.071, 4);
});

test('neither scale nor origin of the values matters', () => {
  const values = fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 3, maxLength: 20 });
  fc.assert(
    fc.property(
      values,
      values,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: -99, max: 99 }),
      (a, b, scale, shift) => {
        const moved = (list: readonly number[]) => sampleOf(list.map((value) => scale * value + shift));
        for (const of of [studentTest, welchTest, varianceTest]) {
          expect(of(moved(a), moved(b))).toBeCloseTo(of(sampleOf(a), sampleOf(b)), 8);
          expect(of(sampleOf(b), sampleOf(a))).toBeCloseTo(of(sampleOf(a), sampleOf(b)), 8);
        }
      },
    ),
  );
});

test('a ratio of variances has its closed form for 2 and 2 degrees of freedom', () => {
  const [a, b] = [sampleOf([-1, 0, 1]), sampleOf([-4, 0, 4])];
  // P(F > 16) = 1 / (1 + 16), on two sides.
  expect(varianceTest(a, b)).toBeCloseTo(2 / 17, 12);
});

/** As printed in tables. */
test.each([
  [0.975, 1, 12.706],
  [0.975, 10, 2.228],
  [0.995, 5, 4.032],
  [0.9975, 29, 3.038],
  [0.5, 7, 0],
])('Student, %f below with %i degrees of freedom: %f', (p, degrees, t) => {
  expect(studentQuantile(p, degrees)).toBeCloseTo(t, 3);
});

test('a probability that no value has is refused', () => {
  for (const p of [0.4, 1, Number.NaN]) expect(() => studentQuantile(p, 5)).toThrow(RangeError);
});
