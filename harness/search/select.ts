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
  /** Place of the present target. */
  readonly stage: number;
  /** Loads to look at first, lowest first: the bounds of the target before. */
  readonly hintsPps: readonly number[];
  /** The load being measured, until it is decided. */
  readonly currentPps: number | null;
  /** The next step away from a bound, as a ratio: grows while the same bound moves, so that a bad guess costs little. */
  readonly step: number;
  /** The bound that moved last, and how often it was the other one than before. */
  readonly moved: 'lower' | 'ceiling' | null;
  readonly turns: number;
  /** Loads that failed in this stage before one passed. */
  readonly failures: number;
}

export function firstFocus(goal: SearchGoal): Focus {
  return atStage(targetsOf(goal), 0, []);
}

function atStage(targets: readonly SearchGoal[], stage: number, hintsPps: readonly number[]): Focus {
  const step = targets[stage]?.widthRatio ?? 0;
  return { targets, stage, hintsPps, currentPps: null, step, moved: null, turns: 0, failures: 0 };
}

export function targetOf({ targets, stage }: Focus): SearchGoal {
  const target = targets[stage];
  if (!target) throw new RangeError(`stage: expected 0 to ${targets.length - 1}; got ${stage}`);
  return target;
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
    return {
      ...goal,
      durationSumMs,
      finalTrialDurationMs: Math.min(goal.finalTrialDurationMs, durationSumMs),
    };
  });
  return [...before, goal];
}

/** The focus at the first target that still wants a load, and that load; null where the goal is reached. */
export function advance<Outcome extends TrialOutcome>(
  focus: Focus,
  loads: readonly MeasuredLoad<Outcome>[],
  limits: Limits,
): { focus: Focus; pps: number | null } {
  const bounds = relevantBounds(targetOf(focus), loads);
  const pps = nextLoad(focus, bounds, loads, limits);
  if (pps !== null || focus.stage === focus.targets.length - 1) return { focus, pps };
  const hintsPps = [bounds.lower, bounds.upper].flatMap((load) => load?.pps ?? []);
  return advance(atStage(focus.targets, focus.stage + 1, hintsPps), loads, limits);
}

/** The focus after a trial at `pps`, which it had asked for. */
export function follow<Outcome extends TrialOutcome>(
  focus: Focus,
  pps: number,
  loads: readonly MeasuredLoad<Outcome>[],
  { minPps }: Limits,
): Focus {
  const target = targetOf(focus);
  if (isUndecided(target, pps, loads)) return { ...focus, currentPps: pps };
  const { lower } = relevantBounds(target, loads);
  const moved = lower?.pps === pps ? 'lower' : 'ceiling';
  const isTurn = moved !== focus.moved && pps > minPps;
  return {
    ...focus,
    currentPps: null,
    step: isTurn ? target.widthRatio : grown(focus.step, target.widthRatio),
    moved,
    turns: focus.turns + (isTurn ? 1 : 0),
    failures: lower ? focus.failures : focus.failures + 1,
  };
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

function nextLoad<Outcome extends TrialOutcome>(
  focus: Focus,
  bounds: Bounds<Outcome>,
  loads: readonly MeasuredLoad<Outcome>[],
  limits: Limits,
): number | null {
  const { minPps, maxPps } = limits;
  const { lower, ceiling } = bounds;
  const target = targetOf(focus);
  const lowest = lower?.pps ?? 0;
  const highest = ceiling?.pps ?? Number.POSITIVE_INFINITY;
  if (lowest >= maxPps || highest <= minPps || maxPps < minPps) return null;
  if (isNarrow(target, lowest, highest)) return null;
  const begun = [focus.currentPps, ...focus.hintsPps].find(
    (pps) =>
      pps !== null && pps > lowest && pps < highest && pps <= maxPps && isUndecided(target, pps, loads),
  );
  if (begun) return begun;
  if (!ceiling) return lower ? Math.min(maxPps, lower.pps / (1 - focus.step)) : maxPps;
  // Half a width below the estimate, so that it lies in the middle of the bounds if it is right.
  const aimed = estimate(target, ceiling, loads) * (1 - target.widthRatio / 2);
  const pps = lower
    ? between(focus, lower.pps, ceiling.pps, aimed, target.widthRatio)
    : downwards(focus, ceiling.pps, aimed, minPps);
  return Math.min(maxPps, pps);
}

/** Estimates that sent the search back and forth so often are no use: the bounds are halved instead. */
const turnsMax = 5;

/** So many loads may fail before the Min Load is asked for: where that fails too, no other load needs to be. */
const failuresMax = 4;

/** Nothing passed yet: to just below the estimate, or further down in growing steps. */
function downwards(
  { failures, step }: Focus,
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
  { step, turns }: Focus,
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
