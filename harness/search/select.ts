import type { SearchGoal } from '../model/goal.ts';
import { isNarrow, relevantBounds, type Bounds, type MeasuredLoad } from './bounds.ts';
import { classifyLoad } from './classify.ts';
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
  /** The next step away from a bound, as a ratio; doubles with each, so that a bad guess costs little. */
  readonly step: number;
  /** Upper bounds seen in this stage before any lower bound. */
  readonly failures: number;
}

export function firstFocus(goal: SearchGoal): Focus {
  const targets = targetsOf(goal);
  return {
    targets,
    stage: 0,
    hintsPps: [],
    currentPps: null,
    step: goal.widthRatio,
    failures: 0,
  };
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
  const next = { ...focus, stage: focus.stage + 1, hintsPps, currentPps: null, failures: 0 };
  return advance({ ...next, step: targetOf(next).widthRatio }, loads, limits);
}

/** The focus after a trial at `pps`, which `before` had asked for. */
export function follow<Outcome extends TrialOutcome>(
  focus: Focus,
  pps: number,
  before: readonly MeasuredLoad<Outcome>[],
  after: readonly MeasuredLoad<Outcome>[],
  { minPps }: Limits,
): Focus {
  const target = targetOf(focus);
  if (isUndecided(target, pps, after)) return { ...focus, currentPps: pps };
  const was = relevantBounds(target, before);
  const is = relevantBounds(target, after);
  const isFirst = (!was.lower && is.lower && pps > minPps) || (!was.ceiling && is.ceiling);
  return {
    ...focus,
    currentPps: null,
    step: isFirst ? target.widthRatio : Math.min(0.5, 2 * focus.step),
    failures: is.lower ? 0 : focus.failures + 1,
  };
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
  const highest = Math.min(ceiling?.pps ?? Number.POSITIVE_INFINITY);
  if (lowest >= maxPps || highest <= minPps || maxPps < minPps) return null;
  if (isNarrow(target, lowest, highest)) return null;
  const begun = [focus.currentPps, ...focus.hintsPps].find(
    (pps) =>
      pps !== null && pps > lowest && pps < highest && pps <= maxPps && isUndecided(target, pps, loads),
  );
  if (begun) return begun;
  if (!ceiling) return lower ? Math.min(maxPps, lower.pps / (1 - focus.step)) : maxPps;
  const pps = lower ? between(focus.step, lower, ceiling) : downwards(focus, ceiling, minPps);
  return Math.min(maxPps, pps);
}

/** So many loads may fail before the Min Load is asked for: where that fails too, no other load needs to be. */
const failuresMax = 4;

/** Nothing passed yet: to what the device still forwarded when overloaded, or further down in growing steps. */
function downwards<Outcome extends TrialOutcome>(
  { failures, step }: Focus,
  ceiling: MeasuredLoad<Outcome>,
  minPps: number,
): number {
  if (failures >= failuresMax) return minPps;
  return Math.max(minPps, Math.min(forwarded(ceiling) * (1 - step / 2), ceiling.pps * (1 - step)));
}

/**
 * In growing steps from that bound which is nearer to what the device forwards when overloaded, but never past the middle
 * (geometric: the width is a ratio).
 */
function between<Outcome extends TrialOutcome>(
  step: number,
  lower: MeasuredLoad<Outcome>,
  ceiling: MeasuredLoad<Outcome>,
): number {
  const middle = Math.sqrt(lower.pps * ceiling.pps);
  return forwarded(ceiling) <= middle
    ? Math.min(middle, lower.pps / (1 - step))
    : Math.max(middle, ceiling.pps * (1 - step));
}

/** The most that came back of a load, packets per second. */
function forwarded<Outcome extends TrialOutcome>({
  results,
  tooDisturbed,
  pps,
}: MeasuredLoad<Outcome>): number {
  const received = [...results.map(({ outcome }) => outcome), ...(tooDisturbed ? [tooDisturbed] : [])];
  return Math.min(pps, Math.max(0, ...received.map(({ receivedPps }) => receivedPps)));
}
