import type { EffectSize, FigureComparison, MetricKind } from '../../model/comparison.ts';
import type { Provenance } from '../../model/run.ts';
import type { Metric } from '../../model/series.ts';
import { cliffsDelta, medianShift } from '../../stats/effect.ts';
import { fillsWire } from './gather.ts';
import type { Pairing, RunFigure } from './gather.ts';
import { knowOneRun, knowRuns, withinBounds, withinRepeats } from './interval.ts';
import type { Knowledge, Sides, Within } from './interval.ts';
import { controlRatioOf } from './machine.ts';
import { samplesOf, sideOf } from './side.ts';

/** A figure of both sides before it is judged. */
export interface Candidate {
  readonly pairing: Pairing;
  readonly kind: MetricKind | null;
  readonly a: FigureComparison['a'];
  readonly b: FigureComparison['b'];
  readonly ratio: number | null;
  readonly controlRatio: number | null;
  readonly effect: EffectSize | null;
  /** Why it is not compared; null where it is. */
  readonly refusal: string | null;
}

export function candidateOf(pairing: Pairing): Candidate {
  const samples = samplesOf(pairing);
  const [a, b] = [sideOf(pairing.a, samples.a), sideOf(pairing.b, samples.b)];
  const ratio = a.value === null || b.value === null ? null : b.value / a.value;
  return {
    pairing,
    kind: kindOf(pairing.metric),
    a,
    b,
    ratio,
    controlRatio: controlRatioOf(a, b),
    effect: effectOf(samples.a, samples.b),
    refusal: refusalOf(pairing, a, b),
  };
}

export function kindOf({ unit }: Metric): MetricKind | null {
  if (unit === 'pps') return 'rate';
  return unit === 'ns' ? 'latency' : null;
}

/** What is known of a candidate that is compared, beside the others of the same two sides. */
export function knowledgeOf(candidate: Candidate, all: readonly Candidate[], confidence: number): Knowledge {
  const { a, b } = valid(candidate);
  const values = { a: valuesOf(a), b: valuesOf(b) };
  const ofRuns = a.length + b.length > 2 ? knowRuns(values, controlsOf(a, b), confidence) : null;
  if (ofRuns !== null) return ofRuns;
  const { shifts, units } = othersOf(candidate, all);
  return knowOneRun(
    Math.log(candidate.ratio ?? 1),
    shifts,
    units,
    withinOf(candidate, confidence),
    confidence,
  );
}

/** Of both sides; null where they have none, or not one. */
export function provenanceOf({ a, b }: Pick<Candidate, 'a' | 'b'>): Provenance | null {
  const [first = null, ...others] = new Set([...a.provenances, ...b.provenances]);
  return others.length === 0 ? first : null;
}

/** The other cells' logarithms of B / A, of the same kind of figure and the same provenance, and what the generator alone did; and how many of them stand for themselves. */
function othersOf(candidate: Candidate, all: readonly Candidate[]): { shifts: number[]; units: number } {
  const { unit } = candidate.pairing.metric;
  const provenance = provenanceOf(candidate);
  const alike = all.filter(
    (other) => other.pairing.metric.unit === unit && provenanceOf(other) === provenance,
  );
  const cells = alike.filter((other) => other.pairing.cell !== candidate.pairing.cell && isScattered(other));
  const controls = new Set(alike.flatMap(({ controlRatio }) => controlRatio ?? []));
  const shifts = [...cells.map(({ ratio }) => Math.log(ratio ?? 1)), ...[...controls].map(Math.log)];
  const units = new Set(cells.map(({ pairing }) => pairing.cell)).size + Math.min(1, controls.size);
  return { shifts, units };
}

/** Compared, and not held where it is by the wire on either side: such a cell would hardly scatter. */
function isScattered({ refusal, pairing }: Candidate): boolean {
  return refusal === null && ![...pairing.a, ...pairing.b].some(fillsWire);
}

function withinOf(candidate: Candidate, confidence: number): Within | null {
  const { pairing } = candidate;
  const [a, b] = [valid(candidate).a[0], valid(candidate).b[0]];
  const samples = samplesOf(pairing);
  const repeats = withinRepeats(samples.a, samples.b, confidence);
  if (repeats !== null || pairing.metric.name !== 'throughputPps') return repeats;
  const [before, after] = [a?.result.throughput ?? null, b?.result.throughput ?? null];
  return before === null || after === null ? null : withinBounds(before, after);
}

function valid({ pairing }: Candidate): Pick<Pairing, 'a' | 'b'> {
  const those = (figures: readonly RunFigure[]) => figures.filter(({ value }) => value !== null);
  return { a: those(pairing.a), b: those(pairing.b) };
}

function valuesOf(figures: readonly RunFigure[]): number[] {
  return figures.flatMap(({ value }) => value ?? []);
}

/** Null where it is not known of every run. */
export function controlsOf(a: readonly RunFigure[], b: readonly RunFigure[]): Sides | null {
  const known = (figures: readonly RunFigure[]) => figures.flatMap(({ control }) => control ?? []);
  const sides = { a: known(a), b: known(b) };
  return sides.a.length === a.length && sides.b.length === b.length ? sides : null;
}

function refusalOf(
  { a, b }: Pairing,
  sideA: FigureComparison['a'],
  sideB: FigureComparison['b'],
): string | null {
  for (const [name, figures, { value }] of [
    ['A', a, sideA],
    ['B', b, sideB],
  ] as const)
    if (value === null) return `${name} has no valid figure: ${whyNot(figures)}.`;
  for (const [name, { provenances }] of [
    ['A', sideA],
    ['B', sideB],
  ] as const)
    if (provenances.length > 1)
      return `the runs of ${name} are not of one kind: ${provenances.join(', ')}; what is emulated says nothing of what is measured.`;
  const [first, second] = [sideA.provenances.join(', '), sideB.provenances.join(', ')];
  if (first !== second)
    return `A is ${first} and B is ${second}: their ratio says nothing of what was measured.`;
  if ([...a, ...b].every(fillsWire)) return 'both carry all that the wire does, which hides any difference.';
  return null;
}

function whyNot(figures: readonly RunFigure[]): string {
  const bad = figures.find(({ value, verdict }) => value === null && verdict !== 'valid');
  if (bad === undefined) return 'nothing was found';
  return (bad.result.reason ?? `the verdict is ${bad.verdict}`).replace(/\.$/, '');
}

function effectOf(a: readonly number[], b: readonly number[]): EffectSize | null {
  if (a.length < 2 || b.length < 2) return null;
  return {
    cliffsDelta: cliffsDelta(a, b),
    medianShift: Math.expm1(medianShift(a.map(Math.log), b.map(Math.log))),
  };
}
