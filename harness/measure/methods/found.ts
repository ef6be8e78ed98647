import type { MethodFigures } from '../../model/figures.ts';
import type { CellVerdict, GoalFigures, Throughput, TrialVerdict } from '../../model/run.ts';
import { layer1Gbps, meanFrameBytes } from '../../model/units.ts';
import type { PlannedCell, ResolvedProfile } from '../../profile/plan.ts';
import type { TrialDone } from '../trial.ts';
import type { Bench } from '../bench.ts';
import type { Offer } from '../context.ts';

/** What a method found. */
export interface Found {
  readonly verdict: CellVerdict;
  readonly reason: string | null;
  readonly throughput: Throughput | null;
  readonly best: TrialDone | null;
  /** Of a search: each of its goals. */
  readonly goals?: readonly GoalFigures[];
  /** What it found besides; left out where it looked for a throughput only. */
  readonly figures?: MethodFigures;
}

/** What a method works with that does nothing but offer loads. */
export interface Offering {
  readonly cell: PlannedCell;
  readonly profile: ResolvedProfile;
  readonly offer: Offer;
}

/** What a method works with. */
export interface MethodInput extends Offering {
  readonly bench: Bench;
  readonly signal: AbortSignal;
}

/** A rate that was received, not searched for. */
export function received(cell: PlannedCell, pps: number): Throughput {
  return { pps, gbps: layer1Gbps(pps, meanFrameBytes(cell)), lowerPps: pps, upperPps: null };
}

/** How little a trial is worth: of several the least worth is the method's. */
const byWorth: readonly TrialVerdict[] = ['valid', 'disturbed', 'generator-limited', 'unbalanced', 'nf-died'];

/** The verdict on several trials that all count: that of the least worth, with its reason. */
export function worst(
  trials: readonly { readonly verdict: TrialVerdict; readonly reason: string | null }[],
): { readonly verdict: TrialVerdict; readonly reason: string | null } {
  const [first] = trials.toSorted((a, b) => byWorth.indexOf(b.verdict) - byWorth.indexOf(a.verdict));
  return first === undefined
    ? { verdict: 'valid', reason: null }
    : { verdict: first.verdict, reason: first.reason };
}
