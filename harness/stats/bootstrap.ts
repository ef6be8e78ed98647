import { randomOf } from './random.ts';

/**
 * Studentised bootstrap intervals of means (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 12.5; Hall 1988, Ann. Stat. 16(3):927-953).
 * Of one value there is nothing to draw from, and of a few each drawing is nearly the same: such an interval is far too narrow (of five normal values one that is called 95 % holds
 * with 80 %). So below `drawableMin` values there is none, and `stats/mean-interval.ts` takes Student's.
 */

/** Fewer values on a side are not drawn from. */
export const drawableMin = 8;

export interface BootstrapOptions {
  /** Of the interval, 0 to 1. */
  readonly confidence: number;
  /** The same seed and values give the same interval on every machine. */
  readonly seed?: number;
  readonly resamples?: number;
}

const resamplesUsual = 2_000;

/** Interval of the mean of one sample. Throws RangeError for fewer than `drawableMin` values. */
export function bootstrapMean(
  values: readonly number[],
  options: BootstrapOptions,
): readonly [number, number] {
  return studentised([values], options, ([sample]) => [mean(sample), standardError(sample)]);
}

/** Interval of mean(b) - mean(a), each side drawn by itself. Throws RangeError for fewer than `drawableMin` values on a side. */
export function bootstrapDifference(
  a: readonly number[],
  b: readonly number[],
  options: BootstrapOptions,
): readonly [number, number] {
  return studentised([a, b], options, ([first, second]) => [
    mean(second) - mean(first),
    Math.hypot(standardError(first), standardError(second)),
  ]);
}

type Estimate = readonly [value: number, error: number];

function studentised(
  samples: readonly (readonly number[])[],
  { confidence, seed = 1, resamples = resamplesUsual }: BootstrapOptions,
  estimate: (samples: readonly (readonly number[])[]) => Estimate,
): readonly [number, number] {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`confidence: expected above 0 and below 1, got ${confidence}`);
  for (const { length } of samples)
    if (length < drawableMin) throw new RangeError(`expected ${drawableMin} values or more, got ${length}`);
  const [value, error] = estimate(samples);
  const uniform = randomOf(seed);
  const draw = (values: readonly number[]) =>
    values.map(() => values[Math.floor(uniform() * values.length)] ?? Number.NaN);
  const pivots = Float64Array.from({ length: resamples }, () => {
    const [drawn, drawnError] = estimate(samples.map(draw));
    // Drawn alike: infinitely far away, unless it is just there.
    return drawn === value ? 0 : (drawn - value) / drawnError;
  }).sort();
  const tail = (1 - confidence) / 2;
  const [low, high] = [quantile(pivots, tail), quantile(pivots, 1 - tail)];
  // The high pivots lie where the estimate is too high.
  return error === 0 ? [value, value] : [value - high * error, value - low * error];
}

/** Of values in ascending order, that which is not below a share `p` of them: never nearer to the middle than it should be. */
function quantile(sorted: Float64Array, p: number): number {
  const at = p < 0.5 ? Math.floor(p * (sorted.length + 1)) - 1 : Math.ceil(p * (sorted.length + 1)) - 1;
  return sorted[Math.max(0, Math.min(sorted.length - 1, at))] ?? Number.NaN;
}

function mean(values: readonly number[] = []): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function standardError(values: readonly number[] = []): number {
  const middle = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - middle) ** 2;
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
