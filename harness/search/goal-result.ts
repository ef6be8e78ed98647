import type { SearchGoal } from '../model/goal.ts';
import { isNarrow, relevantBounds, type Bounds, type MeasuredLoad } from './bounds.ts';
import { conditionalThroughputPps } from './classify.ts';
import { classifyTrial } from './result.ts';
import type { Limits } from './select.ts';
import type { TrialOutcome } from './trial.ts';

export type SearchVerdict = 'valid' | 'disturbed' | 'generator-limited' | 'unbalanced' | 'nf-died';

/** Goal Result of RFC 9971. Loads in packets per second; null where there is none. */
export interface GoalResult<Outcome extends TrialOutcome> {
  readonly goal: SearchGoal;
  /** Regular: both relevant bounds were found, and they are within the Goal Width. */
  readonly isRegular: boolean;
  readonly relevantLowerPps: number | null;
  readonly relevantUpperPps: number | null;
  readonly conditionalThroughputPps: number | null;
  readonly verdict: SearchVerdict;
  /** One sentence where the result is not regular, or its verdict not `valid`; else null. */
  readonly reason: string | null;
  /** The best trial at the relevant lower bound. */
  readonly best: Outcome | null;
}

/** How a search ended, where not all of its goals were reached. */
export interface Ending {
  readonly verdict: SearchVerdict;
  readonly reason: string;
}

/** What a search has learned. */
export interface Findings<Outcome extends TrialOutcome> {
  readonly loads: readonly MeasuredLoad<Outcome>[];
  readonly limits: Limits;
  /** A load that the generator could not offer; what it did offer is the Max Load since. */
  readonly limitedAt: { readonly pps: number; readonly offeredPps: number } | null;
}

export function goalResult<Outcome extends TrialOutcome>(
  goal: SearchGoal,
  findings: Findings<Outcome>,
  ending: Ending | null,
): GoalResult<Outcome> {
  const bounds = relevantBounds(goal, findings.loads);
  const { lower, upper } = bounds;
  const isRegular = lower !== null && upper !== null && isNarrow(goal, lower.pps, upper.pps);
  // A goal that was reached before the search broke off is not worse for that.
  const early =
    isRegular && ending?.verdict !== 'nf-died' && ending?.verdict !== 'unbalanced' ? null : ending;
  return {
    goal,
    isRegular,
    relevantLowerPps: lower?.pps ?? null,
    relevantUpperPps: upper?.pps ?? null,
    conditionalThroughputPps: lower && conditionalThroughputPps(goal, lower.pps, lower.results),
    best: bestOf(lower),
    ...(early ?? explain(goal, bounds, findings)),
  };
}

function explain<Outcome extends TrialOutcome>(
  goal: SearchGoal,
  { lower, upper, ceiling }: Bounds<Outcome>,
  { limitedAt, limits }: Findings<Outcome>,
): { verdict: SearchVerdict; reason: string | null } {
  if (ceiling?.tooDisturbed && ceiling !== upper) {
    const why = ceiling.tooDisturbed.reason ?? 'each trial was disturbed';
    return {
      verdict: 'disturbed',
      reason: `Whether the device can do ${mpps(ceiling.pps)} is not known: ${why}`,
    };
  }
  const isNear = lower !== null && upper !== null && isNarrow(goal, lower.pps, upper.pps);
  const isHopeless = lower === null && upper !== null && upper.pps <= limits.minPps;
  if (limitedAt && !isNear && !isHopeless)
    return { verdict: 'generator-limited', reason: limited(limitedAt, lower !== null) };
  if (!lower) {
    const lowest = mpps(upper?.pps ?? limits.minPps);
    return { verdict: 'valid', reason: `Packets were lost even at the lowest load tried, ${lowest}.` };
  }
  if (restsOnGaps(goal, lower)) return { verdict: 'disturbed', reason: lostInGaps(lower) };
  if (upper) return { verdict: 'valid', reason: null };
  return {
    verdict: 'valid',
    reason: `The highest load allowed, ${mpps(lower.pps)}, passed: there is no upper bound.`,
  };
}

function limited({ pps, offeredPps }: { pps: number; offeredPps: number }, isShown: boolean): string {
  return isShown
    ? `The generator offered ${mpps(offeredPps)} of ${mpps(pps)}; the device may be able to do more.`
    : `The generator could not offer even ${mpps(pps)}.`;
}

/** Whether more of what passed at the load passed only for what was lost outside of gaps. */
function restsOnGaps<Outcome extends TrialOutcome>(goal: SearchGoal, lower: MeasuredLoad<Outcome>): boolean {
  const passed = lower.results.filter((result) => classifyTrial(result, goal) === 'low-loss');
  return 2 * passed.filter(({ isOutsideGaps }) => isOutsideGaps).length > passed.length;
}

function lostInGaps<Outcome extends TrialOutcome>(lower: MeasuredLoad<Outcome>): string {
  const best = bestOf(lower);
  return (
    `Each trial at ${mpps(lower.pps)} lost packets while a core was taken away from its loop; ` +
    `of the ${best?.sent ?? 0} packets of the best one ${best?.lost ?? 0} were lost, ${best && best.lostInGaps < best.lost ? best.lostInGaps : 'all'} of them then.`
  );
}

function bestOf<Outcome extends TrialOutcome>(load: MeasuredLoad<Outcome> | null): Outcome | null {
  const sorted = load?.results.toSorted((a, b) => lossRatio(a.outcome) - lossRatio(b.outcome));
  return sorted?.[0]?.outcome ?? null;
}

function lossRatio({ lost, sent }: TrialOutcome): number {
  return sent === 0 ? 1 : lost / sent;
}

export function mpps(pps: number): string {
  return `${(pps / 1e6).toFixed(2)} Mpps`;
}
