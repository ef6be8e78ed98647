import type { Load, Trial, TrialOutcome } from './trial.ts';

/**
 * What is known of a load:
 * - `pass`: a valid trial lost no more than the goal allows;
 * - `pass-outside-gaps`: no trial was left undisturbed, and in one of them nothing was lost outside the gaps;
 * - `fail`: valid trials lost more, clearly in one or a little in each of three; so do trials that were offered less than the
 *   load, since what is lost of less is lost of more;
 * - `too-disturbed`: every trial was, for longer than not;
 * - `generator-limited`: the generator never offered it;
 * - `void`: says nothing of the load, and ends the search (the books do not close, an NF died).
 */
export type Judgement<Outcome extends TrialOutcome> = Readonly<
  | {
      kind: 'pass' | 'pass-outside-gaps' | 'fail' | 'too-disturbed' | 'generator-limited';
      pps: number;
      outcome: Outcome;
    }
  | { kind: 'void'; pps: number; outcome: Outcome; verdict: 'unbalanced' | 'nf-died' }
>;

export interface JudgeGoal {
  /** Loss that still passes, 0 to 1. */
  readonly lossRatio: number;
  readonly maxRepeats: number;
  /** Loss outside gaps, 0 to 1, that tells at once: so much more was offered than the device can do. */
  readonly clearLossRatio: number;
}

/** Less loss than the clear one may be a disturbance that no loop saw: it tells when seen so often. */
const slightLossesMax = 3;
/** A trial that was disturbed for longer than not shows nothing by what it did not lose. */
const undisturbedRatioMin = 0.5;

/**
 * Offers a load until a trial decides, at most 1 + maxRepeats times. A trial without loss decides, gaps or not: the device can.
 */
export async function judge<Outcome extends TrialOutcome>(
  trial: Trial<Outcome>,
  load: Load,
  goal: JudgeGoal,
): Promise<Judgement<Outcome>> {
  const { pps } = load;
  const undecided: Outcome[] = [];
  const slight: Outcome[] = [];
  for (let i = 0; i <= goal.maxRepeats && slight.length < slightLossesMax; i++) {
    const outcome = await trial(load);
    if (outcome.verdict === 'nf-died') return { kind: 'void', pps, outcome, verdict: 'nf-died' };
    if (outcome.verdict !== 'valid' && !lostOfLess(outcome, goal)) undecided.push(outcome);
    else if (lossWithin(outcome.lost, outcome, goal.lossRatio)) return { kind: 'pass', pps, outcome };
    else if (!lossWithin(lostOutsideGaps(outcome), outcome, goal.clearLossRatio))
      return { kind: 'fail', pps, outcome };
    else slight.push(outcome);
  }
  return weigh(slight, undecided, pps, goal);
}

/** No trial decided alone: what do they say together? */
function weigh<Outcome extends TrialOutcome>(
  slight: readonly Outcome[],
  undecided: readonly Outcome[],
  pps: number,
  goal: JudgeGoal,
): Judgement<Outcome> {
  const disturbed = undecided.filter((outcome) => outcome.verdict === 'disturbed');
  const telling = disturbed.filter((outcome) => outcome.undisturbedRatio >= undisturbedRatioMin);
  const clean = telling.filter((outcome) => lossWithin(lostOutsideGaps(outcome), outcome, goal.lossRatio));
  const shown = best(clean);
  if (shown && clean.length >= slight.length) return { kind: 'pass-outside-gaps', pps, outcome: shown };
  // A little that was lost of less once or twice tells nothing where the load itself was never offered.
  const ofTheLoad = slight.filter((outcome) => outcome.verdict === 'valid');
  const lossy = best(slight.length < slightLossesMax ? ofTheLoad : slight) ?? best(telling);
  if (lossy) return { kind: 'fail', pps, outcome: lossy };
  const lost = best(disturbed);
  if (lost) return { kind: 'too-disturbed', pps, outcome: lost };
  const limited = best([...undecided, ...slight].filter(({ verdict }) => verdict === 'generator-limited'));
  if (limited) return { kind: 'generator-limited', pps, outcome: limited };
  const last = undecided.at(-1);
  if (!last) throw new RangeError(`maxRepeats: expected 0 or more; got ${goal.maxRepeats}`);
  return { kind: 'void', pps, outcome: last, verdict: 'unbalanced' };
}

/** The generator could not offer the load, and yet the device lost of what was offered: that tells of the load too. */
function lostOfLess(outcome: TrialOutcome, goal: JudgeGoal): boolean {
  return (
    outcome.verdict === 'generator-limited' &&
    outcome.undisturbedRatio >= undisturbedRatioMin &&
    !lossWithin(lostOutsideGaps(outcome), outcome, goal.lossRatio)
  );
}

function lossWithin(lost: number, { sent }: TrialOutcome, ratio: number): boolean {
  return lost <= ratio * sent;
}

function lostOutsideGaps({ lost, lostInGaps }: TrialOutcome): number {
  return Math.max(0, lost - lostInGaps);
}

/** The one that lost the smallest share; of equals the one that was offered most. */
function best<Outcome extends TrialOutcome>(outcomes: readonly Outcome[]): Outcome | undefined {
  const share = ({ lost, sent }: Outcome) => (sent === 0 ? 1 : lost / sent);
  return outcomes.toSorted((a, b) => share(a) - share(b) || b.offeredPps - a.offeredPps)[0];
}
