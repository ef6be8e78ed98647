/** What one cell measured, run after run, on one testbed. */
export interface Series {
  /** A value a run, above 0, in the order of time; null is a gap: the run failed, and a failure is no zero. */
  readonly values: readonly (number | null)[];
  /** What the generator alone did in the same runs: a shift of the testbed shows here too. As long as `values`. */
  readonly control?: readonly (number | null)[];
}

/** Fewer values on a side of a change are no level yet: one may be an outlier, and two may be one that lasted. */
export const segmentMin = 3;

/** With fewer runs there is no level before and after a change. */
export const runsMin = 2 * segmentMin;
