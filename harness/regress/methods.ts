import { describedGroups } from '../stats/description-length.ts';
import { eDivisive } from '../stats/e-divisive.ts';
import { robustSteps } from '../stats/robust-step.ts';
import { noiseSigma } from '../stats/robust.ts';
import { segmentMin } from './series.ts';

/** The published methods that vote; harness/stats says where each comes from. */
export const methodNames = ['description-length', 'e-divisive', 'robust-step'] as const;
export type MethodName = (typeof methodNames)[number];

export interface MethodOptions {
  /** The noise is never taken to be smaller than this: the values of a counter may be all the same. Above 0, in units of the values. */
  readonly sigmaMin: number;
  /** Of E-divisive and the robust fit: a change is one below this probability, 0 to 1. */
  readonly pValueMax: number;
}

/** Runs in a window of E-divisive and of the robust fit: Hunter's default. */
const window = 50;
/** Values nearer to each other than this share of the noise are not told apart by the description length. */
const unitOfSigma = 0.1;

/** Indexes of the changes that a method finds on its own in values without gaps, all above 0: the first run of each new level. */
export const changesBy: Readonly<
  Record<MethodName, (values: readonly number[], options: MethodOptions) => readonly number[]>
> = {
  'description-length': (values, { sigmaMin }) => {
    const unit = unitOfSigma * Math.max(sigmaMin, noiseSigma(values));
    return levels(describedGroups(values, { unit }), values.length);
  },
  'e-divisive': (values, { pValueMax }) => indexesOf(eDivisive(values, { window, segmentMin, pValueMax })),
  'robust-step': (values, { pValueMax, sigmaMin }) =>
    indexesOf(robustSteps(values, { window, segmentMin, pValueMax, sigmaMin })),
};

function indexesOf(points: readonly { readonly index: number }[]): number[] {
  return points.map((point) => point.index);
}

/** Groups that are too short for a level are passed over: a change is where the next level begins. */
function levels(starts: readonly number[], length: number): number[] {
  return starts.filter((start, i) => (starts[i + 1] ?? length) - start >= segmentMin).slice(1);
}
