import type { Load, Trial, TrialOutcome } from './trial.ts';

/**
 * What is known of a load:
 * - `pass`: a valid trial lost no more than the goal allows;
 * - `pass-outside-gaps`: no trial was left undisturbed, and in one of them nothing was lost outside the gaps;
 * - `fail`: a valid trial lost more;
 * - `generator-limited`: the generator never offered it;
 * - `void`: says nothing of the load, and ends the search (the books do not close, an NF died).
 */
export type Judgement<Outcome extends TrialOutcome> = Readonly<
  | { kind: 'pass' | 'pass-outside-gaps' | 'fail' | 'generator-limited'; pps: number; outcome: Outcome }
  | { kind: 'void'; pps: number; outcome: Outcome; verdict: 'unbalanced' | 'nf-died' }
>;

export interface JudgeGoal {
  /** Loss that still passes, 0 to 1. */
  readonly lossRatio: number;
  readonly maxRepeats: number;
}

/** Offers a load until a trial decides, at most 1 + maxRepeats times. */
export async function judge<Outcome extends TrialOutcome>(
  trial: Trial<Outcome>,
  load: Load,
  goal: JudgeGoal,
): Promise<Judgement<Outcome>> {
  const { pps } = load;
  const undecided: Outcome[] = [];
  for (let i = 0; i <= goal.maxRepeats; i++) {
    const outcome = await trial(load);
    if (outcome.verdict === 'nf-died') return { kind: 'void', pps, outcome, verdict: 'nf-died' };
    if (outcome.verdict === 'valid') {
      return { kind: lossWithin(outcome.lost, outcome, goal) ? 'pass' : 'fail', pps, outcome };
    }
    undecided.push(outcome);
  }
  return weigh(undecided, pps, goal);
}

/** No trial decided: what do they say together? A disturbed one says more than one that the generator limited. */
function weigh<Outcome extends TrialOutcome>(
  outcomes: readonly Outcome[],
  pps: number,
  goal: JudgeGoal,
): Judgement<Outcome> {
  const disturbed = outcomes.filter((outcome) => outcome.verdict === 'disturbed');
  const clean = best(disturbed.filter((outcome) => lossWithin(lostOutsideGaps(outcome), outcome, goal)));
  if (clean) return { kind: 'pass-outside-gaps', pps, outcome: clean };
  const lossy = best(disturbed);
  if (lossy) return { kind: 'fail', pps, outcome: lossy };
  const limited = best(outcomes.filter((outcome) => outcome.verdict === 'generator-limited'));
  if (limited) return { kind: 'generator-limited', pps, outcome: limited };
  const last = outcomes.at(-1);
  if (!last) throw new RangeError(`maxRepeats: expected 0 or more; got ${goal.maxRepeats}`);
  return { kind: 'void', pps, outcome: last, verdict: 'unbalanced' };
}

function lossWithin(lost: number, { sent }: TrialOutcome, { lossRatio }: JudgeGoal): boolean {
  return lost <= lossRatio * sent;
}

function lostOutsideGaps({ lost, lostInGaps }: TrialOutcome): number {
  return Math.max(0, lost - lostInGaps);
}

/** The one that lost the smallest share; of equals the one that was offered most. */
function best<Outcome extends TrialOutcome>(outcomes: readonly Outcome[]): Outcome | undefined {
  const share = ({ lost, sent }: Outcome) => (sent === 0 ? 1 : lost / sent);
  return outcomes.toSorted((a, b) => share(a) - share(b) || b.offeredPps - a.offeredPps)[0];
}
