/** One cell measured run after run on one testbed: what regressions are looked for in. */
import type { Cell, CellVerdict } from './run.ts';

/** Of a metric, which way is good. */
export type Better = 'higher' | 'lower';

/** One figure of a cell, as regressions are looked for in it. */
export interface Metric {
  /** With its unit last, for example `throughputPps`, `latencyP99Ns`. */
  readonly name: string;
  readonly unit: string;
  readonly better: Better;
}

/** Runs are compared where all of this is the same, and nowhere else. */
export interface SeriesId {
  readonly testbed: string;
  /** Of the hosts' facts, without what is under test (the commit): 16 hexadecimal digits. */
  readonly fingerprint: string;
  readonly cell: Cell;
  readonly metric: Metric;
}

/** What one run found. */
export interface SeriesPoint {
  readonly runId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Of the checkout that was measured; null where it is not known. */
  readonly commit: string | null;
  /** Null where the run failed: a gap, never a zero. */
  readonly value: number | null;
  /** What the generator alone did in the same run; null where that is not known. */
  readonly control: number | null;
  readonly verdict: CellVerdict;
}

export interface StoredSeries {
  readonly id: SeriesId;
  /** In the order of time. */
  readonly points: readonly SeriesPoint[];
}
