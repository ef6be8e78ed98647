/** What `./netvm compare` finds: the types of its JSON (schema `compare/1`). Other programs read these fields: add to them, never rename them. */
import type { Cell, CellVerdict, Provenance } from './run.ts';
import type { Metric } from './series.ts';

/**
 * - `different`: beyond the noise that this data has, all figures taken together.
 * - `suspected`: the same of one run a side, which cannot tell a change from what else befell a run.
 * - `no-difference`: none that this data can show; how large one would have had to be is beside it.
 * - `machine`: different, but the machine changed as much: the generator alone, or how far the cores lie apart.
 * - `not-compared`: a side has no valid figure, or the figures are not of one kind.
 */
export type ComparisonVerdict = 'different' | 'suspected' | 'no-difference' | 'machine' | 'not-compared';

/**
 * What an interval rests on.
 * - `runs`: how runs of one side differ.
 * - `other-figures`: one run a side, so how the other cells of the two runs differ, and the generator alone.
 * - `repeats`: one run a side, of too few cells: repeats within the runs, which say nothing of how runs differ.
 * - `bounds`: the same, of a search: its lower and upper bounds.
 * - `cells`: how the ratios of the cells differ.
 */
export type IntervalBasis = 'runs' | 'other-figures' | 'repeats' | 'bounds' | 'cells';

/** Of B / A. */
export interface RatioInterval {
  /** 0 where nothing is known downwards. */
  readonly low: number;
  /** Null where nothing is known upwards. */
  readonly high: number | null;
  /** 0 to 1, of this figure alone; null for bounds, which are no statistics. */
  readonly confidence: number | null;
  readonly method: 'bootstrap' | 'student' | 'bounds';
  readonly basis: IntervalBasis;
  /** One sentence. */
  readonly restsOn: string;
}

/** A change that would have been shown in four of five such comparisons, as shares: -0.2 and 0.25. Null where none could. */
export interface ShowableChange {
  readonly down: number;
  readonly up: number;
}

/** One side of a figure. */
export interface ComparedFigure {
  /** Of one run its figure, of several the geometric mean; null where nothing is valid. In the metric's unit. */
  readonly value: number | null;
  /** Of each run with a valid figure; of one run, its repeats where it has any. */
  readonly samples: readonly number[];
  /** Of each run that has the cell. */
  readonly verdicts: readonly CellVerdict[];
  readonly trials: number;
  readonly trialsDisturbed: number;
  /** What the generator alone did, as comparable as there is; geometric mean. */
  readonly control: number | null;
  /** Median round trip between the cores, ns; null where it is not known. */
  readonly coreRoundTripNs: number | null;
  readonly provenances: readonly Provenance[];
}

/** Standardised, where there are several samples a side. */
export interface EffectSize {
  /** -1 to 1: in how many more of all pairs of samples B is greater than in how many it is smaller (Cliff 1993). */
  readonly cliffsDelta: number;
  /** Hodges and Lehmann's shift of the logarithms, as a share: 0.1 where B is a tenth more. */
  readonly medianShift: number;
}

export interface FigureComparison {
  readonly cell: Cell;
  readonly metric: Metric;
  readonly verdict: ComparisonVerdict;
  /** One sentence. */
  readonly reason: string;
  readonly a: ComparedFigure;
  readonly b: ComparedFigure;
  /** B / A; null where a side has no value. */
  readonly ratio: number | null;
  readonly interval: RatioInterval | null;
  readonly effect: EffectSize | null;
  readonly showable: ShowableChange | null;
  /** The generator alone, B / A; null where it is not known. */
  readonly controlRatio: number | null;
}

/** All cells of one provenance together, of one kind of metric. */
export interface OverallComparison {
  readonly kind: MetricKind;
  /** Of all its cells, on both sides: what was emulated is a whole of its own. */
  readonly provenance: Provenance;
  readonly verdict: ComparisonVerdict;
  readonly reason: string;
  readonly cells: number;
  /** Geometric mean of B / A over the cells. */
  readonly ratio: number;
  readonly interval: RatioInterval | null;
  readonly showable: ShowableChange | null;
}

export type MetricKind = 'rate' | 'latency';

export interface ComparedRun {
  /** As it was named. */
  readonly name: string;
  readonly id: string;
  readonly startedAt: string;
  readonly testbed: string;
  /** Null where it is not known. */
  readonly commit: string | null;
  readonly isDirty: boolean;
  readonly command: string;
  /** Packets per second; null where it is not known. */
  readonly ceilingPps: number | null;
  /** What is wrong with its archive: it was read as far as it is sound. */
  readonly problems: readonly string[];
}

export interface RunComparison {
  readonly schema: 'compare/1';
  readonly a: readonly ComparedRun[];
  readonly b: readonly ComparedRun[];
  /** What differs between the sides besides what was measured, as `kernel 6.1.0-32 -> 6.1.0-35`. */
  readonly changed: {
    readonly commit: readonly string[];
    readonly machine: readonly string[];
    readonly settings: readonly string[];
  };
  /** The strongest of all figures and wholes. */
  readonly verdict: 'different' | 'suspected' | 'no-difference' | 'not-compared';
  /** The whole in a sentence or two. */
  readonly conclusion: string;
  /** Of an interval, and of all verdicts together, 0 to 1. */
  readonly confidence: number;
  readonly overall: readonly OverallComparison[];
  readonly figures: readonly FigureComparison[];
  readonly onlyInA: readonly Cell[];
  readonly onlyInB: readonly Cell[];
  /** Cells that a run of a side measured more than once: which of them counts nobody can say, so in that run none does. */
  readonly twiceInA: readonly Cell[];
  readonly twiceInB: readonly Cell[];
}
