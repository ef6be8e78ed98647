import type { IntervalBasis, RatioInterval, ShowableChange } from '../../model/comparison.ts';
import { drawableMin } from '../../stats/bootstrap.ts';
import { differenceInterval } from '../../stats/mean-interval.ts';
import type { MeanInterval } from '../../stats/mean-interval.ts';
import { criticalRankSum, differencesOf, sampleMax } from '../../stats/rank-sum.ts';
import { sampleOf, studentQuantile, studentTest } from '../../stats/student.ts';

/** What is known of the logarithm of B / A, for one figure. */
export interface Knowledge {
  /** To read: of this figure alone. Null where so little tells nothing. */
  readonly interval: RatioInterval | null;
  /** Whether the logarithm is not 0, with an error of `alpha` on both sides together. */
  readonly differs: (alpha: number) => boolean;
  /** Whether it is also another than what the generator alone did; true where the generator did nothing. */
  readonly isOwn: (alpha: number) => boolean;
  /** What would have been seen in four of five such comparisons, as a logarithm; null where nothing could. */
  readonly showable: (alpha: number) => number | null;
  /** One run a side cannot tell a change from an outlier. */
  readonly isSuspicion: boolean;
}

/** Four of five. */
const power = 0.8;

/** Values of the runs of both sides, in their order. */
export interface Sides {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** Of the values of several runs: they are what runs of one side do. `controls` are of the same runs; null where they are not known. */
export function knowRuns(values: Sides, controls: Sides | null, confidence: number): Knowledge | null {
  const logs = logarithms(values);
  const found = differenceInterval(logs.a, logs.b, confidence);
  if (found === null) return null;
  const interval = ratioInterval(found, confidence, 'runs', `${values.a.length} and ${values.b.length} runs`);
  const own = controls === null ? null : besideControls(logs, logarithms(controls));
  return {
    interval,
    differs: (alpha) => isOff(interval) && isShift(logs, alpha),
    isOwn: (alpha) => own === null || isShift(own, alpha),
    showable: (alpha) => showable(found.standardError, found.degrees, alpha),
    isSuspicion: false,
  };
}

/** A control that moved so little, or less, by chance once in so many comparisons: it did not move. */
const controlAlpha = 0.3;

/**
 * Logarithms less those of the generator alone, where it moved between the sides; null where it did not. A machine that drifts does so for both. Where it stood still the difference would
 * have the noise of both.
 */
function besideControls(logs: Sides, controls: Sides): Sides | null {
  if (!isShift(controls, controlAlpha)) return null;
  const less = (side: 'a' | 'b') => logs[side].map((value, i) => value - (controls[side][i] ?? Number.NaN));
  return { a: less('a'), b: less('b') };
}

function logarithms({ a, b }: Sides): Sides {
  return { a: a.map(Math.log), b: b.map(Math.log) };
}

/** Enough values take nothing for normal (Mann and Whitney's exact interval); a few take Student's. */
function isShift({ a, b }: Sides, alpha: number): boolean {
  const [least, most] = [Math.min(a.length, b.length), Math.max(a.length, b.length)];
  const rank =
    least >= drawableMin && most <= sampleMax ? criticalRankSum(a.length, b.length, alpha / 2) : null;
  if (rank === null) return studentTest(sampleOf(a), sampleOf(b)) < alpha;
  const differences = differencesOf(a, b);
  return (differences[rank.k] ?? 0) > 0 || (differences[differences.length - 1 - rank.k] ?? 0) < 0;
}

/**
 * Of one run a side: `shift` is the logarithm of B / A, `others` those of the other cells of the same two runs, and of the generator alone, about which nothing is taken for known but that they
 * scatter as this one does: Student's interval with their mean square about no change. `units` is how many of them stand for themselves, since figures of one cell go together. `within` is what the repeats
 * within the runs leave open; the interval is the wider one of both.
 */
export function knowOneRun(
  shift: number,
  others: readonly number[],
  units: number,
  within: Within | null,
  confidence: number,
): Knowledge {
  const deviation = Math.sqrt(others.reduce((sum, other) => sum + other ** 2, 0) / others.length);
  const reach = (alpha: number) => deviation * studentQuantile(1 - alpha / 2, units);
  if (units < othersMin) {
    return { ...nothingKnown, interval: within?.interval ?? null };
  }
  const between = { value: shift, low: shift - reach(1 - confidence), high: shift + reach(1 - confidence) };
  const widest = {
    ...between,
    low: Math.min(between.low, within?.low ?? between.low),
    high: Math.max(between.high, within?.high ?? between.high),
    method: 'student' as const,
  };
  const wider =
    widest.low < between.low || widest.high > between.high ? '; in part the repeats within them' : '';
  const restsOn = `one run a side: how ${others.length} other figures of the two runs differ${wider}`;
  const interval = ratioInterval(widest, confidence, 'other-figures', restsOn);
  return {
    interval,
    differs: (alpha) => isOff(interval) && Math.abs(shift) > reach(alpha),
    isOwn: () => true,
    showable: (alpha) => showable(deviation, units, alpha),
    isSuspicion: true,
  };
}

export const nothingKnown: Knowledge = {
  interval: null,
  differs: () => false,
  isOwn: () => false,
  showable: () => null,
  isSuspicion: true,
};

/** Fewer say nothing of how runs differ. */
const othersMin = 3;

/** What repeats or bounds of one run a side leave open: logarithms of the ratio. */
export interface Within {
  readonly low: number;
  readonly high: number;
  readonly interval: RatioInterval;
}

/** Of repeats within one run a side, at least two on each. */
export function withinRepeats(a: readonly number[], b: readonly number[], confidence: number): Within | null {
  if (a.length < 2 || b.length < 2) return null;
  const found = differenceInterval(a.map(Math.log), b.map(Math.log), confidence);
  if (found === null) return null;
  const restsOn = `one run a side: ${a.length} and ${b.length} repeats within them, which say nothing of how runs differ`;
  return { ...found, interval: ratioInterval(found, confidence, 'repeats', restsOn) };
}

interface Bounds {
  readonly lowerPps: number;
  readonly upperPps: number | null;
}

/** Of a search on each side: the least and the most that its bounds allow. */
export function withinBounds(a: Bounds, b: Bounds): Within | null {
  if (!(a.lowerPps > 0 && b.lowerPps > 0)) return null;
  const low = a.upperPps === null ? Number.NEGATIVE_INFINITY : Math.log(b.lowerPps / a.upperPps);
  const high = b.upperPps === null ? Number.POSITIVE_INFINITY : Math.log(b.upperPps / a.lowerPps);
  const interval: RatioInterval = {
    low: Math.exp(low),
    high: Number.isFinite(high) ? Math.exp(high) : null,
    confidence: null,
    method: 'bounds',
    basis: 'bounds',
    restsOn: 'one run a side: the bounds of both searches, which say nothing of how runs differ',
  };
  return { low, high, interval };
}

export function ratioInterval(
  { low, high, method }: Pick<MeanInterval, 'low' | 'high' | 'method'>,
  confidence: number,
  basis: IntervalBasis,
  restsOn: string,
): RatioInterval {
  // Of a few values that lie far apart it has no end, for all that a number can say.
  const [least, most] = [Math.exp(low), Math.exp(high)];
  return { low: least, high: Number.isFinite(most) ? most : null, confidence, method, basis, restsOn };
}

/** Leaves out no change. */
export function isOff({ low, high }: RatioInterval): boolean {
  return low > 1 || (high !== null && high < 1);
}

/** Null where it is beyond what a ratio of figures can be. */
export function showable(standardError: number, degrees: number, alpha: number): number | null {
  const shift = standardError * (studentQuantile(1 - alpha / 2, degrees) + studentQuantile(power, degrees));
  return shift < shiftMax ? shift : null;
}

/** A thousandfold. */
const shiftMax = Math.log(1000);

/** As shares of what was there before. */
export function changeOf(shift: number | null): ShowableChange | null {
  return shift === null ? null : { down: Math.expm1(-shift), up: Math.expm1(shift) };
}
