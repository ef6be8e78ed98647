import { divide } from './divide.ts';
import type { ChangePoint, DivideOptions } from './divide.ts';
import { huberLevel, madToSigma } from './robust.ts';
import { studentTails } from './student.ts';
import { median } from './summary.ts';

export interface RobustStepOptions extends DivideOptions {
  /** Least number of values on each side of a change, 2 or more. */
  readonly segmentMin: number;
  /** The noise is never taken to be smaller, in units of the values. */
  readonly sigmaMin: number;
}

/** Variance of Huber's M-estimator of normal values next to the mean's (Huber 1964, table 1, k = 1.345). */
const huberVariance = 1.05;

/**
 * Change points by a robust fit of steps: where a step goes is found by least absolute deviations (Bai 1995, "Least Absolute Deviation
 * Estimation of a Shift", Econometric Theory 11(3):403-436), how far it goes by Huber's M-estimator on both sides (Huber 1964), and whether it is one by
 * that difference against the median absolute deviation. O(n * window).
 */
export function robustSteps(values: readonly number[], options: RobustStepOptions): ChangePoint[] {
  return divide(
    values.length,
    {
      split: (from, to) => {
        const at = leastAbsoluteDeviations(values.slice(from, to), options.segmentMin);
        return at === null ? null : from + at;
      },
      pValue: (from, at, to) => stepPValue(values.slice(from, at), values.slice(at, to), options.sigmaMin),
    },
    options,
  );
}

/** The index that leaves the least sum of absolute deviations from the medians of both sides; null for fewer values than two segments have. */
export function leastAbsoluteDeviations(values: readonly number[], segmentMin: number): number | null {
  const before = deviationsOfPrefixes(values);
  const after = deviationsOfPrefixes(values.toReversed());
  let best = Number.POSITIVE_INFINITY;
  let bestAt: number | null = null;
  for (let at = segmentMin; at + segmentMin <= values.length; at++) {
    const left = (before[at] as number) + (after[values.length - at] as number);
    if (left < best) [best, bestAt] = [left, at];
  }
  return bestAt;
}

/** Of the first k values, for each k: sum of absolute deviations from their median. */
function deviationsOfPrefixes(values: readonly number[]): Float64Array {
  const sorted = new Float64Array(values.length);
  const deviations = new Float64Array(values.length + 1);
  values.forEach((value, size) => {
    let place = size;
    for (; place > 0 && (sorted[place - 1] as number) > value; place--)
      sorted[place] = sorted[place - 1] as number;
    sorted[place] = value;
    // A new value adds its distance to the median of the others: the sum over all pairs of opposite ranks.
    let sum = 0;
    for (let low = 0, high = size; low < high; low++, high--)
      sum += (sorted[high] as number) - (sorted[low] as number);
    deviations[size + 1] = sum;
  });
  return deviations;
}

function stepPValue(before: readonly number[], after: readonly number[], sigmaMin: number): number {
  const degrees = before.length + after.length - 2;
  if (before.length < 1 || after.length < 1 || degrees < 1) return 1;
  const centers = [median(before), median(after)] as const;
  const residuals = [before, after].flatMap((side, i) =>
    side.map((value) => Math.abs(value - (centers[i] as number))),
  );
  // Both medians were fitted to these residuals: the scale is corrected as a variance is.
  const correction = Math.sqrt(residuals.length / degrees);
  const sigma = Math.max(sigmaMin, madToSigma * median(residuals) * correction);
  const step = huberLevel(after, sigma) - huberLevel(before, sigma);
  if (step === 0) return 1;
  return studentTails(
    step / (sigma * Math.sqrt(huberVariance * (1 / before.length + 1 / after.length))),
    degrees,
  );
}
