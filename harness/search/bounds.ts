import type { Judgement } from './judge.ts';
import type { TrialOutcome } from './trial.ts';

export interface BoundsGoal {
  readonly minPps: number;
  readonly maxPps: number;
  readonly resolutionRatio: number;
  readonly confirm?: boolean;
}

export type Decided<Outcome extends TrialOutcome> = Exclude<Judgement<Outcome>, { kind: 'void' }>;

/** What is known so far. Never changed: each judgement makes a new one. */
export interface Bounds<Outcome extends TrialOutcome> {
  readonly goal: BoundsGoal;
  /** Loads judged so far. */
  readonly loads: number;
  /** Loads that passed, below the upper bound, lowest first. The last is the lower bound. */
  readonly passed: readonly Decided<Outcome>[];
  readonly lower: Decided<Outcome> | null;
  readonly isLowerConfirmed: boolean;
  /** The lowest load that did not pass; null where the highest allowed did. */
  readonly upper: Decided<Outcome> | null;
  /** The next step away from a bound, as a ratio; doubles with each, so that a bad guess costs little. */
  readonly step: number;
}

export function firstBounds<Outcome extends TrialOutcome>(goal: BoundsGoal): Bounds<Outcome> {
  const step = 2 * goal.resolutionRatio;
  return { goal, loads: 0, passed: [], lower: null, isLowerConfirmed: false, upper: null, step };
}

/** The next load to offer, or null where nothing is left to find out. */
export function nextLoad<Outcome extends TrialOutcome>(bounds: Bounds<Outcome>): number | null {
  const { goal, lower, upper } = bounds;
  if (!upper) return lower ? confirmation(bounds) : goal.maxPps;
  if (!lower) return upper.pps <= goal.minPps ? null : downwards(bounds, upper);
  if ((upper.pps - lower.pps) / upper.pps <= goal.resolutionRatio) return confirmation(bounds);
  // What the generator could not offer, it will not offer a little below either: more loads would find its limit.
  if (upper.kind === 'generator-limited' && lower.outcome === upper.outcome) return confirmation(bounds);
  return between(bounds, lower, upper);
}

export function tighten<Outcome extends TrialOutcome>(
  bounds: Bounds<Outcome>,
  judged: Decided<Outcome>,
): Bounds<Outcome> {
  const step = Math.min(0.5, bounds.step * 2);
  const next = { ...bounds, loads: bounds.loads + 1, step };
  const limited = judged.kind === 'generator-limited';
  if (limited && judged.outcome.lost === 0 && judged.outcome.offeredPps >= bounds.goal.minPps) {
    // It lost nothing of what was offered: that much is shown, unless more was before.
    const shown: Decided<Outcome> = {
      ...judged,
      kind: 'pass',
      pps: Math.min(judged.pps, judged.outcome.offeredPps),
    };
    const passed = below(bounds.passed, judged.pps);
    if (shown.pps > (passed.at(-1)?.pps ?? 0))
      return withPassed({ ...next, upper: judged }, [...passed, shown], true);
  }
  if (limited || judged.kind === 'fail' || judged.kind === 'too-disturbed') {
    // A load that had passed and now fails takes back all that rests on it.
    const wasLower = bounds.lower !== null && judged.pps <= bounds.lower.pps;
    const reset = wasLower || bounds.upper === null ? 2 * bounds.goal.resolutionRatio : step;
    return withPassed({ ...next, upper: judged, step: reset }, below(bounds.passed, judged.pps), false);
  }
  if (judged.pps === bounds.lower?.pps) {
    // Of two passes the one without loss is shown.
    const kept = bounds.lower.kind === 'pass' ? bounds.lower : judged;
    return withPassed(next, [...below(bounds.passed, judged.pps), kept], true);
  }
  const reset = bounds.lower === null ? 2 * bounds.goal.resolutionRatio : step;
  // What passed outside gaps only has been offered more than once already.
  return withPassed(
    { ...next, step: reset },
    [...bounds.passed, judged],
    judged.kind === 'pass-outside-gaps',
  );
}

function withPassed<Outcome extends TrialOutcome>(
  bounds: Bounds<Outcome>,
  passed: readonly Decided<Outcome>[],
  isLowerConfirmed: boolean,
): Bounds<Outcome> {
  return { ...bounds, passed, lower: passed.at(-1) ?? null, isLowerConfirmed };
}

function below<Outcome extends TrialOutcome>(passed: readonly Decided<Outcome>[], pps: number) {
  return passed.filter((judged) => judged.pps < pps);
}

function confirmation<Outcome extends TrialOutcome>({ goal, lower, isLowerConfirmed }: Bounds<Outcome>) {
  return lower && !isLowerConfirmed && goal.confirm !== false ? lower.pps : null;
}

/** Nothing passed yet: to what the device still forwarded when overloaded, then further down in growing steps. */
function downwards<Outcome extends TrialOutcome>(
  { goal, loads, step }: Bounds<Outcome>,
  upper: Decided<Outcome>,
): number {
  const forwarded = upper.outcome.receivedPps * (1 - goal.resolutionRatio / 2);
  const atMost = upper.pps * (1 - goal.resolutionRatio);
  const guess =
    loads === 1 ? Math.min(forwarded, atMost) : upper.pps * (1 - Math.max(step, goal.resolutionRatio));
  return Math.max(goal.minPps, Math.min(guess, atMost));
}

/** From the lower bound upwards in growing steps, but never past the middle (geometric: the resolution is a ratio). */
function between<Outcome extends TrialOutcome>(
  { step }: Bounds<Outcome>,
  lower: Decided<Outcome>,
  upper: Decided<Outcome>,
): number {
  const middle = Math.sqrt(lower.pps * upper.pps);
  return Math.min(middle, lower.pps / (1 - step));
}
