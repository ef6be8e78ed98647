import { tripsOf } from '../../model/cores.ts';
import type { ComparedFigure } from '../../model/comparison.ts';
import { median } from '../../stats/summary.ts';
import { repeatsOf } from '../repeats.ts';
import { values, verdictsOf } from './gather.ts';
import type { Pairing, RunFigure } from './gather.ts';

/** Shown of a figure, so that a comparison has an end. */
const samplesShown = 100;

/** One side of a figure, of at least one run. */
export function sideOf(figures: readonly RunFigure[], samples: readonly number[]): ComparedFigure {
  const found = values(figures);
  const results = figures.map(({ result }) => result);
  const trips = results.flatMap(tripsOf);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return {
    value: found.length === 0 ? null : geometricMean(found),
    samples: samples.slice(0, samplesShown),
    verdicts: verdictsOf(figures),
    trials: sum(results.map(({ trials }) => trials)),
    trialsDisturbed: sum(results.map(({ trialsDisturbed }) => trialsDisturbed)),
    control: controlOf(figures),
    coreRoundTripNs: trips.length === 0 ? null : median(trips),
    provenances: [...new Set(results.map(({ provenance }) => provenance))],
  };
}

/** Of both sides alike: runs, or where each has one valid run the repeats within it; one value where it has none. */
export function samplesOf({ a, b }: Pick<Pairing, 'a' | 'b'>): {
  readonly a: number[];
  readonly b: number[];
} {
  const valid = (figures: readonly RunFigure[]) => figures.filter(({ value }) => value !== null);
  const [ofA, ofB] = [valid(a), valid(b)];
  const isRuns = ofA.length > 1 || ofB.length > 1;
  return { a: isRuns ? values(ofA) : repeats(ofA), b: isRuns ? values(ofB) : repeats(ofB) };
}

function repeats(figures: readonly RunFigure[]): number[] {
  const [only] = figures;
  const found = only === undefined ? [] : repeatsOf(only.data, only.result, only);
  return found.length > 1 ? found : values(figures);
}

export function geometricMean(positive: readonly number[]): number {
  // Of one value the value itself, to the last digit.
  if (positive.length === 1) return positive[0] ?? Number.NaN;
  return Math.exp(positive.reduce((sum, value) => sum + Math.log(value), 0) / positive.length);
}

function controlOf(figures: readonly RunFigure[]): number | null {
  const known = figures.flatMap(({ control }) => (control === null ? [] : [control]));
  return known.length === 0 ? null : geometricMean(known);
}
