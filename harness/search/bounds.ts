import type { SearchGoal } from '../model/goal.ts';
import { classifyLoad } from './classify.ts';
import type { TrialResult } from './result.ts';
import type { TrialOutcome } from './trial.ts';

/** All that is known of a load. */
export interface MeasuredLoad<Outcome extends TrialOutcome> {
  readonly pps: number;
  readonly results: readonly TrialResult<Outcome>[];
  /** Of a load that could not be decided: its best trial. */
  readonly tooDisturbed: Outcome | null;
}

/** Where a goal stands. */
export interface Bounds<Outcome extends TrialOutcome> {
  /** Relevant Upper Bound: the lowest load that is an upper bound. */
  readonly upper: MeasuredLoad<Outcome> | null;
  /** Relevant Lower Bound: the highest lower bound below it. Where there is no upper bound, the highest lower bound. */
  readonly lower: MeasuredLoad<Outcome> | null;
  /** The lowest load above the lower bound that is not to be offered again: the upper bound, or one that was too disturbed. */
  readonly ceiling: MeasuredLoad<Outcome> | null;
}

/**
 * Relevant bounds after RFC 9971, "Result Terms": where a lower load is an upper bound and a higher one a lower bound (loss
 * inversion), the upper bound is believed. A load that was too disturbed to be decided is no lower bound, unless it is one for
 * the goal itself, where what is looked for is an easier target on the way there.
 */
export function relevantBounds<Outcome extends TrialOutcome>(
  target: SearchGoal,
  loads: readonly MeasuredLoad<Outcome>[],
  goal: SearchGoal = target,
): Bounds<Outcome> {
  let upper: MeasuredLoad<Outcome> | null = null;
  let lower: MeasuredLoad<Outcome> | null = null;
  let ceiling: MeasuredLoad<Outcome> | null = null;
  for (const load of loads.toSorted((a, b) => a.pps - b.pps)) {
    const kind = classifyLoad(target, load.results);
    const isGivenUp = load.tooDisturbed !== null && classifyLoad(goal, load.results) !== 'lower-bound';
    if (isGivenUp) ceiling ??= load;
    else if (kind === 'lower-bound') [lower, ceiling] = [load, null];
    if (kind !== 'upper-bound') continue;
    upper = load;
    ceiling ??= load;
    break;
  }
  return { upper, lower, ceiling };
}

/** Whether the bounds are as near as the goal asks. */
export function isNarrow(goal: SearchGoal, lowerPps: number, upperPps: number): boolean {
  // A step of exactly the width must do, whatever its last bit.
  return (upperPps - lowerPps) / upperPps <= goal.widthRatio * (1 + 1e-9);
}
