import { betaRatio } from './binomial.ts';

/** Probability that |T| of Student's distribution is t or more: 0 to 1. Degrees of freedom above 0. */
export function studentTails(t: number, degrees: number): number {
  if (t === Number.POSITIVE_INFINITY || t === Number.NEGATIVE_INFINITY) return 0;
  if (!(degrees > 0) || Number.isNaN(t))
    throw new RangeError(`studentTails: got ${t} with ${degrees} degrees of freedom`);
  return betaRatio(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** What a test of two samples needs of one. */
export interface Sample {
  readonly size: number;
  readonly mean: number;
  /** Sum of squared deviations from the mean. */
  readonly squares: number;
}

/**
 * Student's t-test of two samples, two-sided, with one variance for both (Student 1908, Biometrika 6(1):1-25): the probability
 * of such a difference of the means where there is none. Not Welch's: with three runs on one side its variance is a guess.
 * Fewer than three values in both together tell nothing: 1. Samples without any spread: 0 where the means differ.
 */
export function studentTest(a: Sample, b: Sample): number {
  const degrees = a.size + b.size - 2;
  if (a.size < 1 || b.size < 1 || degrees < 1) return 1;
  const difference = b.mean - a.mean;
  if (difference === 0) return 1;
  const variance = ((a.squares + b.squares) / degrees) * (1 / a.size + 1 / b.size);
  return studentTails(difference / Math.sqrt(variance), degrees);
}

/** Welch's t-test (Welch 1947, Biometrika 34:28-35), two-sided: as Student's, for samples whose noise differs. 1 for a sample of fewer than two. */
export function welchTest(a: Sample, b: Sample): number {
  if (a.size < 2 || b.size < 2 || a.mean === b.mean) return 1;
  const ofA = a.squares / (a.size - 1) / a.size;
  const ofB = b.squares / (b.size - 1) / b.size;
  if (ofA + ofB === 0) return 0;
  const degrees = (ofA + ofB) ** 2 / (ofA ** 2 / (a.size - 1) + ofB ** 2 / (b.size - 1));
  return studentTails((b.mean - a.mean) / Math.sqrt(ofA + ofB), degrees);
}

/** F-test of two variances (Snedecor 1934), two-sided: the probability of such a ratio where both are the same. 1 where one sample has no spread. */
export function varianceTest(a: Sample, b: Sample): number {
  if (a.size < 2 || b.size < 2 || a.squares === 0 || b.squares === 0) return 1;
  const [degreesA, degreesB] = [a.size - 1, b.size - 1];
  const ratio = b.squares / degreesB / (a.squares / degreesA);
  const above = betaRatio(degreesA / (degreesA + degreesB * ratio), degreesA / 2, degreesB / 2);
  return Math.min(1, 2 * Math.min(above, 1 - above));
}

export function sampleOf(values: readonly number[]): Sample {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { size: values.length, mean, squares: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) };
}

/** The value that Student's distribution stays below with probability p, 0.5 to below 1: by halving, to the last digits. Degrees of freedom above 0. */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p >= 0.5 && p < 1)) throw new RangeError(`studentQuantile: expected 0.5 to below 1, got ${p}`);
  const isBelow = (t: number) => 1 - studentTails(t, degrees) / 2 < p;
  let [low, high] = [0, 1];
  while (isBelow(high) && high < 1e300) high *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return high;
}
