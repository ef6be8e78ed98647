import { bootstrapDifference, bootstrapMean, drawableMin } from './bootstrap.ts';
import { sampleOf, studentQuantile } from './student.ts';

export interface MeanInterval {
  /** mean(b) - mean(a), or the mean of one sample. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly method: 'bootstrap' | 'student';
  /** Of `value`, with the degrees of freedom that it is known with. */
  readonly standardError: number;
  readonly degrees: number;
}

/** Of the difference of two means; null where both samples together have fewer than three values, or one has none. */
export function differenceInterval(
  a: readonly number[],
  b: readonly number[],
  confidence: number,
): MeanInterval | null {
  const degrees = a.length + b.length - 2;
  if (a.length === 0 || b.length === 0 || degrees < 1) return null;
  const [first, second] = [sampleOf(a), sampleOf(b)];
  // One variance for both: with a few values on a side, that of one alone is a guess.
  const variance = ((first.squares + second.squares) / degrees) * (1 / a.length + 1 / b.length);
  const found = { value: second.mean - first.mean, standardError: Math.sqrt(variance), degrees };
  if (Math.min(a.length, b.length) < drawableMin) return byStudent(found, confidence);
  const [low, high] = bootstrapDifference(a, b, { confidence });
  return { ...found, low, high, method: 'bootstrap' };
}

/** Of one mean; null for fewer than two values. */
export function meanInterval(values: readonly number[], confidence: number): MeanInterval | null {
  if (values.length < 2) return null;
  const { mean, squares } = sampleOf(values);
  const degrees = values.length - 1;
  const found = { value: mean, standardError: Math.sqrt(squares / degrees / values.length), degrees };
  if (values.length < drawableMin) return byStudent(found, confidence);
  const [low, high] = bootstrapMean(values, { confidence });
  return { ...found, low, high, method: 'bootstrap' };
}

function byStudent(
  found: Pick<MeanInterval, 'value' | 'standardError' | 'degrees'>,
  confidence: number,
): MeanInterval {
  const reach = found.standardError * studentQuantile((1 + confidence) / 2, found.degrees);
  return { ...found, low: found.value - reach, high: found.value + reach, method: 'student' };
}
