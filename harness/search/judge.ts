import type { SearchGoal } from '../model/goal.ts';
import { isSlight, type TrialResult } from './result.ts';
import type { Load, Trial, TrialOutcome } from './trial.ts';

/**
 * What came of offering a load:
 * - `decided`: a Trial Result that counts for the goal;
 * - `too-disturbed`: every trial was, for longer than not: the load stays undecided;
 * - `generator-limited`: the generator never offered it, which says nothing of what the device does with it; where nothing was
 *   lost of what was offered, that much is shown;
 * - `void`: ends the search (the books do not close, an NF died).
 */
export type Judgement<Outcome extends TrialOutcome> = Readonly<
  | { kind: 'decided'; result: TrialResult<Outcome> }
  | { kind: 'too-disturbed'; outcome: Outcome }
  | {
      kind: 'generator-limited';
      outcome: Outcome;
      shown: { pps: number; result: TrialResult<Outcome> } | null;
    }
  | { kind: 'void'; verdict: 'unbalanced' | 'nf-died'; outcome: Outcome }
>;

/** Slight loss may be a disturbance that no loop saw: it tells when seen so often. */
const slightLossesMax = 3;
/** A trial that was disturbed for longer than not shows nothing by what it did not lose. */
const undisturbedRatioMin = 0.5;

/**
 * Makes one Trial Result out of as many trials as it takes, at most `triesMax` (1 or more), so that MLRsearch, which knows no
 * machine that takes cores away, counts only what the device did.
 *
 * One trial decides where all of its loss, gaps or not, is within the Goal Loss Ratio (the device can), or where clearly more than
 * that was lost outside of gaps (it cannot). Anything else is repeated. Where no trial decides, those that were undisturbed for
 * longer than not are weighed by what they lost outside of their gaps, and the result says so (`isOutsideGaps`).
 */
export async function judge<Outcome extends TrialOutcome>(
  trial: Trial<Outcome>,
  load: Load,
  goal: SearchGoal,
  triesMax: number,
): Promise<Judgement<Outcome>> {
  const others: Outcome[] = [];
  const slight: Outcome[] = [];
  for (let i = 0; i < triesMax && slight.length < slightLossesMax; i++) {
    const outcome = await trial(load);
    const { verdict } = outcome;
    if (verdict === 'nf-died') return { kind: 'void', verdict, outcome };
    if (mayPass(outcome) && lossRatioMax(outcome) <= goal.lossRatio) return decided(load, outcome);
    if (!mayFail(outcome) || lossRatioMin(outcome) <= goal.lossRatio) others.push(outcome);
    else if (isSlight(lossRatioMin(outcome), goal)) slight.push(outcome);
    else return decided(load, outcome);
  }
  return weigh(slight, others, load, goal);
}

/** No trial decided alone: what do they say together? */
function weigh<Outcome extends TrialOutcome>(
  slight: readonly Outcome[],
  others: readonly Outcome[],
  load: Load,
  goal: SearchGoal,
): Judgement<Outcome> {
  const disturbed = others.filter(mayPass);
  const telling = disturbed.filter((outcome) => outcome.undisturbedRatio >= undisturbedRatioMin);
  const clean = telling.filter((outcome) => lossRatioMin(outcome) <= goal.lossRatio);
  const lossy = telling.filter((outcome) => !clean.includes(outcome));
  // A little that was lost of less once or twice tells nothing where the load itself was never offered.
  const slightOfLoad =
    slight.length < slightLossesMax ? slight.filter(({ verdict }) => verdict === 'valid') : slight;
  if (clean.length > 0 && clean.length >= slight.length) return outsideGaps(load, clean);
  if (slightOfLoad.length > 0) return confirmed(load, slightOfLoad);
  if (lossy.length > 0) return confirmed(load, lossy);
  if (clean.length > 0) return outsideGaps(load, clean);
  const lost = best(disturbed);
  if (lost) return { kind: 'too-disturbed', outcome: lost };
  const limited = best([...others, ...slight].filter(({ verdict }) => verdict === 'generator-limited'));
  if (limited) return { kind: 'generator-limited', outcome: limited, shown: shown(load, others, goal) };
  const last = others.at(-1);
  if (!last) throw new RangeError('triesMax: expected 1 or more');
  return { kind: 'void', verdict: 'unbalanced', outcome: last };
}

/** What less was offered and not lost: each of these trials offered so much or more. */
function shown<Outcome extends TrialOutcome>(load: Load, others: readonly Outcome[], goal: SearchGoal) {
  const kept = others.filter(
    (outcome) => outcome.verdict === 'generator-limited' && lossRatioMax(outcome) <= goal.lossRatio,
  );
  if (kept.length === 0) return null;
  const pps = Math.min(load.pps, ...kept.map(({ offeredPps }) => offeredPps));
  const effectiveDurationMs = load.durationMs * kept.length;
  return { pps, result: { ...resultOf(load, leastLossy(kept)), effectiveDurationMs } };
}

function decided<Outcome extends TrialOutcome>(load: Load, outcome: Outcome): Judgement<Outcome> {
  return { kind: 'decided', result: resultOf(load, outcome) };
}

function confirmed<Outcome extends TrialOutcome>(
  load: Load,
  outcomes: readonly Outcome[],
): Judgement<Outcome> {
  const effectiveDurationMs = load.durationMs * outcomes.length;
  const result = { ...resultOf(load, leastLossy(outcomes)), effectiveDurationMs, isConfirmed: true };
  return { kind: 'decided', result };
}

function outsideGaps<Outcome extends TrialOutcome>(
  load: Load,
  outcomes: readonly Outcome[],
): Judgement<Outcome> {
  const result = resultOf(load, leastLossy(outcomes));
  // Each of them was offered, and lost no more than may be lost but for its gaps.
  const effectiveDurationMs = load.durationMs * outcomes.length;
  const lossRatioMax = Math.max(...outcomes.map(lossRatioMin));
  return { kind: 'decided', result: { ...result, effectiveDurationMs, lossRatioMax, isOutsideGaps: true } };
}

/** One trial as a result. */
export function resultOf<Outcome extends TrialOutcome>(
  { durationMs }: Load,
  outcome: Outcome,
): TrialResult<Outcome> {
  return {
    durationMs,
    effectiveDurationMs: durationMs,
    lossRatioMin: lossRatioMin(outcome),
    lossRatioMax: lossRatioMax(outcome),
    isConfirmed: false,
    isOutsideGaps: false,
    outcome,
  };
}

/** The whole load was offered, if not in peace. */
function mayPass({ verdict }: TrialOutcome): boolean {
  return verdict === 'valid' || verdict === 'disturbed';
}

/** A generator that could not offer the load, and yet the device lost of what was offered: that tells of the load too. */
function mayFail({ verdict, undisturbedRatio }: TrialOutcome): boolean {
  return verdict === 'valid' || (verdict === 'generator-limited' && undisturbedRatio >= undisturbedRatioMin);
}

function lossRatioMax({ lost, sent }: TrialOutcome): number {
  return lost <= 0 ? 0 : sent === 0 ? 1 : lost / sent;
}

function lossRatioMin(outcome: TrialOutcome): number {
  return lossRatioMax({ ...outcome, lost: outcome.lost - outcome.lostInGaps });
}

function leastLossy<Outcome extends TrialOutcome>(outcomes: readonly Outcome[]): Outcome {
  const found = best(outcomes);
  if (!found) throw new RangeError('expected an outcome or more');
  return found;
}

/** The one that lost the smallest share; of equals the one that was offered most. */
function best<Outcome extends TrialOutcome>(outcomes: readonly Outcome[]): Outcome | undefined {
  return outcomes.toSorted((a, b) => lossRatioMax(a) - lossRatioMax(b) || b.offeredPps - a.offeredPps)[0];
}
