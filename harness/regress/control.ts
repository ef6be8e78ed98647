import { noiseSigma } from '../stats/robust.ts';
import { sampleOf, studentTest } from '../stats/student.ts';
import { isolated } from './outliers.ts';
import { segmentMin } from './series.ts';

/** A shift of the control that is more likely than this by chance alone is none. */
const pValueMax = 0.02;

/**
 * How far the control moved between runs [from, at) and [at, to): (after - before) / before, or 0 where it did not, or has too few runs to say.
 */
export function controlShift(
  control: readonly (number | null)[],
  from: number,
  at: number,
  to: number,
): number {
  const before = levelRuns(control.slice(from, at));
  const after = levelRuns(control.slice(at, to));
  if (before.length < segmentMin || after.length < segmentMin) return 0;
  const [a, b] = [sampleOf(before), sampleOf(after)];
  return studentTest(a, b) < pValueMax ? (b.mean - a.mean) / a.mean : 0;
}

/** Most of a device's change that the testbed explains makes it the testbed's. */
const explainedMin = 0.5;

/** Whether a change of the device is the testbed's: in the same direction as the control's, and little is left once that is taken out. */
export function isAbsorbed(relativeChange: number, shift: number, minChange: number): boolean {
  if (shift === 0 || Math.sign(shift) !== Math.sign(relativeChange)) return false;
  const own = Math.abs((1 + relativeChange) / (1 + shift) - 1);
  return own < minChange || own < (1 - explainedMin) * Math.abs(relativeChange);
}

function levelRuns(runs: readonly (number | null)[]): number[] {
  const values = runs.filter((value) => value !== null);
  const alone = isolated(values, noiseSigma(values));
  return values.filter((_, i) => !alone[i]);
}
