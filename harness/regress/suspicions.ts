import type { StoredSeries } from '../model/series.ts';
import { detect } from './detect.ts';
import type { Change, Detection } from './detect.ts';
import type { Suspicion } from './suspicion.ts';

export interface SuspicionOptions {
  /** Smaller changes are not reported: share of the level before, 0 to 1. */
  readonly minChange: number;
}

/**
 * The changes of level that a stored series shows, oldest first: regressions and improvements. What the control shows too is the testbed's and not
 * among them. Fewer than `runsMin` values give none.
 */
export function suspicionsOf(series: StoredSeries, options: SuspicionOptions): Suspicion[] {
  return suspicionsFrom(series, detectIn(series, options));
}

/** What the detection says of a stored series, which way is good taken from its metric. */
export function detectIn({ id, points }: StoredSeries, { minChange }: SuspicionOptions): Detection {
  const values = points.map((point) => point.value);
  const control = points.map((point) => point.control);
  return detect(control.every((value) => value === null) ? { values } : { values, control }, {
    better: id.metric.better,
    minChange,
  });
}

/** The detected changes with the runs on both sides of each. */
export function suspicionsFrom(series: StoredSeries, { changes, outliers }: Detection): Suspicion[] {
  return changes.map((change) => ({ series: series.id, change, ...sidesOf(series, change, outliers) }));
}

function sidesOf({ points }: StoredSeries, { index }: Change, outliers: readonly number[]) {
  const firstAfter = points[index];
  // A gap and a run that stands alone say nothing of the level: the commit may lie before them.
  const before = points.findLastIndex(({ value }, i) => i < index && value !== null && !outliers.includes(i));
  const lastBefore = points[before];
  if (firstAfter === undefined || lastBefore === undefined)
    throw new RangeError(`expected a change inside of the series, got ${index} of ${points.length}`);
  return { lastBefore, firstAfter };
}
