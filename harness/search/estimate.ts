import type { SearchGoal } from '../model/goal.ts';
import type { MeasuredLoad } from './bounds.ts';
import type { TrialOutcome } from './trial.ts';

/** Up to such a loss nearly every device loses in proportion to what is offered too much. */
const slightLossMax = 0.1;
/** A steeper line hardly meets the loads. */
const slopeMax = 0.9;

/**
 * The load that would just meet the goal, packets per second, after what the device forwards of loads that do not: most forward
 * about what they can do, however much is offered. Where two such loads are known, a line through both says more, since some
 * devices do less the more is offered, and some lose little at first: of what is lost where that is little, else of what is
 * forwarded (then both are logarithms). Of a load that was too disturbed only what came back counts. Never above the lowest load
 * that failed.
 */
export function estimate<Outcome extends TrialOutcome>(
  { lossRatio }: SearchGoal,
  ceiling: MeasuredLoad<Outcome>,
  loads: readonly MeasuredLoad<Outcome>[],
): number {
  const near = pointOf(ceiling);
  const above = (ceiling.tooDisturbed ? [] : loads)
    .filter(({ pps, tooDisturbed }) => pps > ceiling.pps && !tooDisturbed)
    .toSorted((a, b) => a.pps - b.pps)[0];
  const far = above && pointOf(above);
  if (near.forwardedPps <= 0) return 0;
  if (!far || far.forwardedPps <= 0) return Math.min(near.pps, near.forwardedPps / (1 - lossRatio));
  return Math.min(
    near.pps,
    Math.max(0, lossMeets(lossRatio, near, far) ?? forwardedMeets(lossRatio, near, far)),
  );
}

interface Point {
  readonly pps: number;
  readonly forwardedPps: number;
}

function lossMeets(lossRatio: number, near: Point, far: Point): number | null {
  const [lost, lostFar] = [near, far].map(({ pps, forwardedPps }) => 1 - forwardedPps / pps) as [
    number,
    number,
  ];
  if (lostFar > slightLossMax || lostFar <= lost) return null;
  return near.pps - ((lost - lossRatio) * (far.pps - near.pps)) / (lostFar - lost);
}

function forwardedMeets(lossRatio: number, near: Point, far: Point): number {
  const steepness = Math.log(far.forwardedPps / near.forwardedPps) / Math.log(far.pps / near.pps);
  const slope = Math.min(slopeMax, steepness);
  return Math.exp((Math.log(near.forwardedPps / (1 - lossRatio)) - slope * Math.log(near.pps)) / (1 - slope));
}

/** The most that came back of a load, packets per second. */
function pointOf<Outcome extends TrialOutcome>({ results, tooDisturbed, pps }: MeasuredLoad<Outcome>): Point {
  const outcomes = [...results.map(({ outcome }) => outcome), ...(tooDisturbed ? [tooDisturbed] : [])];
  const forwardedPps = Math.max(0, ...outcomes.map(({ receivedPps }) => receivedPps));
  return { pps, forwardedPps: Math.min(pps, forwardedPps) };
}
