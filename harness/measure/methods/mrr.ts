import { lineRatePps, meanFrameBytes } from '../../model/units.ts';
import { ownOf } from '../../profile/own-settings.ts';
import type { PlannedCell, ResolvedProfile } from '../../profile/plan.ts';
import { repeats } from '../../stats/summary.ts';
import type { Offer } from '../context.ts';
import type { TrialDone } from '../trial.ts';
import { received, worst, type Found } from './found.ts';

export const source = 'CSIT maximum receive rate (MRR); no RFC';

/**
 * CSIT's maximum receive rate: the wire's rate is offered in so many trials of a second each, losses are of no account, and the mean of
 * what came back counts. A trial that the generator could not offer is repeated.
 */
export async function countReceived(
  cell: PlannedCell,
  profile: ResolvedProfile,
  offer: Offer,
): Promise<Found> {
  const { trialDurationMs: durationMs, maxRepeats } = profile.method;
  const { trials } = ownOf(profile.method.own, 'mrr');
  const load = { pps: lineRatePps(profile.lineRateBps, meanFrameBytes(cell)), durationMs };
  const done: TrialDone[] = [];
  for (let i = 0; i < trials; i++) {
    const trial = await offerDecided(() => offer(load, 'mrr'), maxRepeats);
    if (trial.verdict === 'nf-died')
      return { verdict: 'nf-died', reason: trial.reason, throughput: null, best: trial };
    done.push(trial);
  }
  const receivedPps = done.map((trial) => trial.receivedPps);
  const summary = repeats(receivedPps);
  // The one nearest to the mean stands for the loads and the books.
  const best = done.toSorted(
    (a, b) => Math.abs(a.receivedPps - summary.mean) - Math.abs(b.receivedPps - summary.mean),
  )[0];
  return {
    ...worst(done),
    throughput: received(cell, summary.mean),
    best: best ?? null,
    figures: { method: 'mrr', source, receivedPps, summary },
  };
}

async function offerDecided(trial: () => Promise<TrialDone>, maxRepeats: number): Promise<TrialDone> {
  let best = await trial();
  for (let i = 0; i < maxRepeats && isUndecided(best); i++) {
    const next = await trial();
    if (!isUndecided(next) || next.receivedPps > best.receivedPps) best = next;
  }
  return best;
}

function isUndecided({ verdict }: TrialDone): boolean {
  return verdict !== 'valid' && verdict !== 'nf-died';
}
