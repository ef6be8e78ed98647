import type { SearchGoal } from '../model/goal.ts';
import type { TrialOutcome } from './trial.ts';

/**
 * A Trial Result as MLRsearch counts it: what `judge` made of one trial, or of several that did not tell alone.
 *
 * A trial in which a core was taken away has no one loss ratio: what was lost in the gaps may or may not have been lost without
 * them. So a result has the two ends of what the device lost, and counts for a goal only where both are on the same side of its
 * Goal Loss Ratio: loss in a gap is never counted against the device, nor for it.
 */
export interface TrialResult<Outcome extends TrialOutcome = TrialOutcome> {
  readonly durationMs: number;
  /** Trial Effective Duration: of a result from several trials, how long those lasted that agree with it. */
  readonly effectiveDurationMs: number;
  /** Trial Loss Ratio without what was lost in gaps, and with it; 0 to 1. */
  readonly lossRatioMin: number;
  readonly lossRatioMax: number;
  /** A loss too slight to tell in one trial was seen as often as it must be. */
  readonly isConfirmed: boolean;
  /** No trial was left undisturbed: this counts for what it lost outside of its gaps. */
  readonly isOutsideGaps: boolean;
  readonly outcome: Outcome;
}

export type TrialClass = 'high-loss' | 'low-loss' | 'undecided';

/** Trial Classification (RFC 9971), and `undecided` for a trial that says nothing of the goal. */
export function classifyTrial(result: TrialResult, goal: SearchGoal): TrialClass {
  if (result.lossRatioMax <= goal.lossRatio) return 'low-loss';
  if (result.lossRatioMin <= goal.lossRatio) return 'undecided';
  return result.isConfirmed || !isSlight(result.lossRatioMin, goal) ? 'high-loss' : 'undecided';
}

/**
 * Whether so little was lost that it may be a disturbance which no loop saw. More than half of the Goal Width above what the
 * device can do is no accident. A goal that excuses some high-loss trials by its Goal Exceed Ratio needs no second mercy.
 */
export function isSlight(lossRatio: number, goal: SearchGoal): boolean {
  return goal.exceedRatio === 0 && lossRatio <= Math.max(goal.lossRatio, goal.widthRatio / 2);
}
