import { cellKey } from '../../model/cell.ts';
import type { MetricKind } from '../../model/comparison.ts';
import type { Provenance } from '../../model/run.ts';
import { meanInterval } from '../../stats/mean-interval.ts';
import { studentQuantile } from '../../stats/student.ts';
import { controlsOf, provenanceOf } from './figure.ts';
import type { Candidate } from './figure.ts';
import type { RunFigure } from './gather.ts';
import { isOff, knowRuns, nothingKnown, ratioInterval, showable } from './interval.ts';
import type { Knowledge } from './interval.ts';
import { machinesDoing } from './machine.ts';
import { geometricMean } from './side.ts';

/** All cells together before they are judged. */
export interface OverallCandidate {
  readonly kind: MetricKind;
  readonly provenance: Provenance;
  readonly cells: number;
  readonly ratio: number;
  readonly knowledge: Knowledge;
  /** Why a difference would be the machine's; null where nothing speaks for that. */
  readonly machine: string | null;
}

/** Fewer cells are no whole. */
const cellsMin = 3;

/** Geometric means over the cells that are compared, each cell as heavy as any other. What was emulated is never in one with what was measured. */
export function overallCandidates(candidates: readonly Candidate[], confidence: number): OverallCandidate[] {
  return (['rate', 'latency'] as const).flatMap((kind) => {
    const these = candidates.filter((one) => one.kind === kind && one.refusal === null);
    return [...Map.groupBy(these, provenanceOf)].flatMap(([provenance, alike]) =>
      provenance === null ? [] : wholeOf(kind, provenance, alike, confidence),
    );
  });
}

function wholeOf(
  kind: MetricKind,
  provenance: Provenance,
  these: readonly Candidate[],
  confidence: number,
): OverallCandidate[] {
  const byCell = [...Map.groupBy(these, ({ pairing }) => cellKey(pairing.cell)).values()];
  if (byCell.length < cellsMin) return [];
  const ratios = byCell.map((figures) => geometricMean(figures.map(({ ratio }) => ratio ?? 1)));
  const ratio = geometricMean(ratios);
  const knowledge = ofRuns(these, confidence) ?? ofCells(ratios, controlShift(these), confidence);
  return [{ kind, provenance, cells: byCell.length, ratio, knowledge, machine: ofMachine(ratio, these) }];
}

/** The machine's, where it is so for most of the cells. */
function ofMachine(ratio: number, candidates: readonly Candidate[]): string | null {
  const reasons = candidates.flatMap(({ a, b }) => machinesDoing(ratio, a, b) ?? []);
  return reasons.length * 2 > candidates.length ? (reasons[0] ?? null) : null;
}

/** Several runs a side: what a run does to all of its cells is in it, which the cells of two runs cannot show. */
function ofRuns(candidates: readonly Candidate[], confidence: number): Knowledge | null {
  const side = (name: 'a' | 'b') => {
    const runs = Map.groupBy(
      candidates.flatMap(({ pairing }) => pairing[name].filter(({ value }) => value !== null)),
      ({ data }) => data,
    );
    // A run that lacks a figure would have another mix of them.
    return [...runs.values()].filter(({ length }) => length === candidates.length);
  };
  const [a, b] = [side('a'), side('b')];
  if (a.length + b.length < 3) return null;
  const means = (runs: readonly RunFigure[][]) =>
    runs.map((figures) => geometricMean(figures.flatMap(({ value }) => value ?? [])));
  const first = (runs: readonly RunFigure[][]) => runs.flatMap(([figure]) => figure ?? []);
  return knowRuns({ a: means(a), b: means(b) }, controlsOf(first(a), first(b)), confidence);
}

/** Of one run a side, the generator alone: logarithm of B / A; null where it is not known. */
function controlShift(candidates: readonly Candidate[]): number | null {
  const [ratio] = candidates.flatMap(({ controlRatio }) => controlRatio ?? []);
  return ratio === undefined ? null : Math.log(ratio);
}

/** Two runs do not agree better than this, however well their cells do: as a logarithm. */
const runsAgree = 0.02;

/** `control` is as one more cell that did not change: what it did, the run did. */
function ofCells(ratios: readonly number[], control: number | null, confidence: number): Knowledge {
  const found = meanInterval(ratios.map(Math.log), confidence);
  if (found === null) return nothingKnown;
  const { standardError, degrees, value } = found;
  const restsOn = `one run a side: how the ratios of ${ratios.length} cells differ; what changed for a whole run alike is not in it`;
  const interval = ratioInterval(found, confidence, 'cells', restsOn);
  // Of the cells' mean and of one more cell.
  const besideError = standardError * Math.sqrt(ratios.length + 1);
  const t = (alpha: number) => studentQuantile(1 - alpha / 2, degrees);
  return {
    interval,
    differs: (alpha) => isOff(interval) && Math.abs(value) > Math.max(runsAgree, t(alpha) * standardError),
    isOwn: (alpha) => control === null || Math.abs(value - control) > t(alpha) * besideError,
    showable: (alpha) => {
      const least = showable(control === null ? standardError : besideError, degrees, alpha);
      return least === null ? null : Math.max(runsAgree, least);
    },
    isSuspicion: true,
  };
}
