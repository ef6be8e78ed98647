import type { SearchGoal } from '../model/goal.ts';
import { isNarrow, relevantBounds, type Bounds, type MeasuredLoad } from './bounds.ts';
import { classifyLoad } from './classify.ts';
import { estimate } from './estimate.ts';
import type { TrialOutcome } from './trial.ts';

/** Min Load and Max Load: what may be offered, packets per second. */
export interface Limits {
  readonly minPps: number;
  readonly maxPps: number;
}

/** How far the search for one goal has come. Never changed: each judgement makes a new one. */
export interface Focus {
  /** What is aimed at, easiest first; the last is the goal itself. */
  readonly targets: readonly SearchGoal[];
  readonly progress: readonly Progress[];
  /** The load being measured, until it is decided. */
  readonly current: Wanted | null;
}

/** What the search for a target remembers beside the loads themselves. */
interface Progress {
  /** The next step away from a bound, as a ratio: grows while the same bound moves, so that a bad guess costs little. */
  readonly step: number;
  /** The bound that moved last, and how often it was the other one than before. */
  readonly moved: 'lower' | 'ceiling' | null;
  readonly turns: number;
  /** Loads that failed before one passed. */
  readonly failures: number;
}

/** A load to offer, and the place of the target that it is for. */
export interface Wanted {
  readonly stage: number;
  readonly pps: number;
}

export function firstFocus(goal: SearchGoal): Focus {
  const targets = targetsOf(goal);
  const progress = targets.map(({ widthRatio }) => ({
    step: widthRatio,
    moved: null,
    turns: 0,
    failures: 0,
  }));
  return { targets, progress, current: null };
}

export function targetOf({ targets }: Focus, stage: number): SearchGoal {
  return at(targets, stage);
}

/**
 * A goal that wants many trials a load is looked for with few first: single trials find the interesting loads, and what they
 * found is then measured in full. So the time goes where the device is at its limit.
 */
function targetsOf(goal: SearchGoal): SearchGoal[] {
  const shares = goal.durationSumMs / goal.initialTrialDurationMs;
  const sums = shares > 8 ? [1, Math.sqrt(shares)] : shares > 1 ? [1] : [];
  const before = sums.map((times) => {
    const durationSumMs = times * goal.initialTrialDurationMs;
    const finalTrialDurationMs = Math.min(goal.finalTrialDurationMs, durationSumMs);
    return { ...goal, durationSumMs, finalTrialDurationMs };
  });
  return [...before, goal];
}

/** So often a target may send the search back to easier ones. */
const returnsMax = 1;

/**
 * The load that the goal wants next; null where it is reached. The easiest target that wants one has it: where a load that had
 * passed fails when it is measured in full, single trials look for another. Where that happens again and again they are no use:
 * the device changes faster than it can be measured, or the machine does.
 */
export function wanted<Outcome extends TrialOutcome>(
  focus: Focus,
  loads: readonly MeasuredLoad<Outcome>[],
  limits: Limits,
): Wanted | null {
  const { targets, current } = focus;
  const goal = at(targets, targets.length - 1);
  let hintsPps: number[] = [];
  for (const [stage, target] of targets.entries()) {
    const bounds = relevantBounds(target, loads, goal);
    const isCurrent = current?.stage === stage && isOpen(target, current.pps, bounds, loads, limits);
    if (current && isCurrent) return current;
    // What was begun for a later target is finished first.
    if (current && current.stage > stage) continue;
    if (focus.progress.some(({ failures }, later) => later > stage && failures > returnsMax)) continue;
    hintsPps = hintsPps.filter((pps) => isOpen(target, pps, bounds, loads, limits));
    const pps = nextLoad(target, at(focus.progress, stage), bounds, loads, limits, hintsPps);
    if (pps !== null) return { stage, pps };
    hintsPps = [bounds.lower, bounds.upper].flatMap((load) => load?.pps ?? []);
  }
  return current ? wanted({ ...focus, current: null }, loads, limits) : null;
}

/** The focus after a trial that it had wanted. */
export function follow<Outcome extends TrialOutcome>(
  focus: Focus,
  current: Wanted,
  loads: readonly MeasuredLoad<Outcome>[],
  { minPps }: Limits,
): Focus {
  const { stage, pps } = current;
  const target = targetOf(focus, stage);
  if (isUndecided(target, pps, loads)) return { ...focus, current };
  const { lower } = relevantBounds(target, loads, at(focus.targets, focus.targets.length - 1));
  const { moved: movedBefore, step, turns, failures } = at(focus.progress, stage);
  const moved = lower?.pps === pps ? 'lower' : 'ceiling';
  const isTurn = moved !== movedBefore && pps > minPps;
  const progress: Progress = {
    step: isTurn ? target.widthRatio : grown(step, target.widthRatio),
    moved,
    turns: turns + (isTurn ? 1 : 0),
    failures: lower ? failures : failures + 1,
  };
  return { ...focus, current: null, progress: focus.progress.with(stage, progress) };
}

/** First to the double, since most guesses are near, then faster. */
function grown(step: number, widthRatio: number): number {
  return Math.min(0.5, step > widthRatio ? 4 * step : 2 * step);
}

function isUndecided<Outcome extends TrialOutcome>(
  target: SearchGoal,
  pps: number,
  loads: readonly MeasuredLoad<Outcome>[],
): boolean {
  const load = loads.find((known) => known.pps === pps);
  return !load || (!load.tooDisturbed && classifyLoad(target, load.results) === 'undecided');
}

/** Whether a load is yet to be decided, and worth it. */
function isOpen<Outcome extends TrialOutcome>(
  target: SearchGoal,
  pps: number,
  { lower, ceiling }: Bounds<Outcome>,
  loads: readonly MeasuredLoad<Outcome>[],
  { maxPps }: Limits,
): boolean {
  const isBetween = pps > (lower?.pps ?? 0) && pps < (ceiling?.pps ?? Number.POSITIVE_INFINITY);
  return isBetween && pps <= maxPps && isUndecided(target, pps, loads);
}

function nextLoad<Outcome extends TrialOutcome>(
  target: SearchGoal,
  progress: Progress,
  { lower, ceiling }: Bounds<Outcome>,
  loads: readonly MeasuredLoad<Outcome>[],
  { minPps, maxPps }: Limits,
  hintsPps: readonly number[],
): number | null {
  const lowest = lower?.pps ?? 0;
  const highest = ceiling?.pps ?? Number.POSITIVE_INFINITY;
  if (lowest >= maxPps || highest <= minPps || maxPps < minPps) return null;
  if (isNarrow(target, lowest, highest)) return null;
  const [hint] = hintsPps;
  if (hint !== undefined) return hint;
  if (!ceiling) return lower ? Math.min(maxPps, lower.pps / (1 - progress.step)) : maxPps;
  // Half a width below the estimate, so that it lies in the middle of the bounds if it is right.
  const aimed = estimate(target, ceiling, loads) * (1 - target.widthRatio / 2);
  const pps = lower
    ? between(progress, lower.pps, ceiling.pps, aimed, target.widthRatio)
    : downwards(progress, ceiling.pps, aimed, minPps);
  return Math.min(maxPps, pps);
}

/** Estimates that sent the search back and forth so often are no use: the bounds are halved instead. */
const turnsMax = 5;

/** So many loads may fail before the Min Load is asked for: where that fails too, no other load needs to be. */
const failuresMax = 4;

/** Nothing passed yet: to just below the estimate, or further down in growing steps. */
function downwards(
  { failures, step }: Progress,
  ceilingPps: number,
  estimatePps: number,
  minPps: number,
): number {
  if (failures >= failuresMax) return minPps;
  return Math.max(minPps, Math.min(estimatePps, ceilingPps * (1 - step)));
}

/**
 * To just below the estimate, and from there upwards in growing steps. An estimate that turns out worse than a guess gives way
 * to halving (geometric: the width is a ratio).
 */
function between(
  { step, turns }: Progress,
  lowerPps: number,
  ceilingPps: number,
  estimatePps: number,
  widthRatio: number,
): number {
  const middle = Math.sqrt(lowerPps * ceilingPps);
  if (turns > turnsMax) return middle;
  const aimed = Math.min(estimatePps, ceilingPps * (1 - step));
  // Less than a width above what is known to pass little can be learned.
  if (aimed * (1 - widthRatio) > lowerPps) return aimed;
  return Math.min(middle, lowerPps / (1 - step));
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined)
    throw new RangeError(`expected an index from 0 to ${values.length - 1}; got ${index}`);
  return value;
}
