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
  /**
   * Of what the profile says besides the cell (the wire's rate, the generator, flows, the method's settings) and the provenance: 16 hexadecimal
   * digits. Left out where it is not known.
   */
  readonly settings?: string;
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
  /** The checkout had changes that are in no commit. Left out where it had none. */
  readonly isDirty?: true;
  /** The run's directory below that of the results. Left out where there is none. */
  readonly archive?: string;
  /** Of a shared index, where the run is of another directory or machine: `host:/directory/run`, for people. Left out where it is not. */
  readonly origin?: string;
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
