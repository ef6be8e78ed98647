import type { LossPoint, PointVerdict } from '../model/figures.ts';
import type { Trial, TrialOutcome } from './trial.ts';

export interface CurveGoal {
  /** The wire's rate: the first load, and 100 %. */
  readonly maxPps: number;
  /** How far the loads are apart, as a share of the wire's rate; above 0, at most 0.1 (RFC 2544 section 26.3). */
  readonly stepRatio: number;
  readonly durationMs: number;
  /** How often a trial that is not valid is repeated; then the one that lost least stands, with its verdict. */
  readonly maxRepeats: number;
}

export interface LossCurve<Outcome extends TrialOutcome> {
  /** Highest load first. */
  readonly points: readonly LossPoint[];
  /** The trial of the highest load without loss; null where there was none. */
  readonly best: Outcome | null;
  /** The trial that ended the curve before its time: an NF died, or the books never closed. Null where none did. */
  readonly ended: Outcome | null;
}

/** Two loads one after the other without loss end the curve. */
const losslessLoads = 2;
const undisturbedRatioMin = 0.5;

/**
 * Loss by load after RFC 2544 section 26.3: the wire's rate first, then in steps of it downwards, until two successive loads lose
 * nothing. What is lost while a core is taken away is the machine's, and hinders no load from counting as lossless.
 */
export async function lossCurve<Outcome extends TrialOutcome>(
  trial: Trial<Outcome>,
  goal: CurveGoal,
): Promise<LossCurve<Outcome>> {
  const { maxPps, stepRatio, durationMs } = goal;
  if (!(stepRatio > 0 && stepRatio <= 0.1)) {
    throw new RangeError(`stepRatio: expected a ratio above 0 and at most 0.1; got ${stepRatio}`);
  }
  const points: LossPoint[] = [];
  let best: Outcome | null = null;
  let lossless = 0;
  // Counted in steps: sums of a ratio would drift.
  for (let step = 0; 1 - step * stepRatio > 1e-9 && lossless < losslessLoads; step++) {
    const share = 1 - step * stepRatio;
    const pps = maxPps * share;
    const offered = await offerUntilValid(trial, { pps, durationMs }, goal.maxRepeats);
    const { outcome, verdict } = offered;
    if (verdict === null) return { points, best, ended: outcome };
    const { sent, lost, offeredPps, receivedPps } = outcome;
    const lostOutside = Math.max(0, lost - outcome.lostInGaps);
    points.push({
      loadPercent: Number((share * 100).toPrecision(12)),
      intendedPps: pps,
      offeredPps,
      receivedPps,
      lossRatio: sent === 0 ? 0 : lost / sent,
      lossOutsideGapsRatio: sent === 0 ? 0 : lostOutside / sent,
      verdict,
    });
    const isLossless = showsNoLoss(outcome, verdict);
    lossless = isLossless ? lossless + 1 : 0;
    if (isLossless) best ??= outcome;
  }
  return { points, best, ended: null };
}

/** A load that was never offered, or only while a core was away for longer than not, shows nothing by what it did not lose. */
function showsNoLoss({ lost, lostInGaps, undisturbedRatio }: TrialOutcome, verdict: PointVerdict): boolean {
  if (verdict === 'generator-limited' || lost > lostInGaps) return false;
  return lost === 0 || undisturbedRatio >= undisturbedRatioMin;
}

/** A null verdict: the trial makes no point. */
async function offerUntilValid<Outcome extends TrialOutcome>(
  trial: Trial<Outcome>,
  load: { readonly pps: number; readonly durationMs: number },
  maxRepeats: number,
): Promise<{ readonly outcome: Outcome; readonly verdict: PointVerdict | null }> {
  const others: Outcome[] = [];
  for (;;) {
    const outcome = await trial(load);
    if (outcome.verdict === 'valid') return { outcome, verdict: 'valid' };
    if (outcome.verdict === 'nf-died') return { outcome, verdict: null };
    others.push(outcome);
    if (others.length > maxRepeats) return leastLoss(others, outcome);
  }
}

function leastLoss<Outcome extends TrialOutcome>(outcomes: readonly Outcome[], last: Outcome) {
  const lossOf = ({ sent, lost, lostInGaps }: Outcome) => (sent === 0 ? 1 : (lost - lostInGaps) / sent);
  const closed = outcomes.filter(({ verdict }) => verdict !== 'unbalanced');
  const outcome = closed.toSorted((a, b) => lossOf(a) - lossOf(b))[0] ?? last;
  return { outcome, verdict: pointVerdict(outcome.verdict) };
}

function pointVerdict(verdict: TrialOutcome['verdict']): PointVerdict | null {
  return verdict === 'unbalanced' || verdict === 'nf-died' ? null : verdict;
}
