import { lineRatePps } from '../../model/units.ts';
import type { PlannedCell, ResolvedProfile } from '../../profile/plan.ts';
import type { Offer } from '../context.ts';
import type { TrialDone } from '../trial.ts';
import { received, type Found } from './found.ts';

/** CSIT's maximum receive rate: the wire's rate is offered, losses are of no account. */
export async function countReceived(
  cell: PlannedCell,
  profile: ResolvedProfile,
  offer: Offer,
): Promise<Found> {
  const { trialDurationMs: durationMs, maxRepeats } = profile.method;
  const load = { pps: lineRatePps(profile.lineRateBps, cell.frameSizeBytes), durationMs };
  let best = await offer(load, 'mrr');
  for (let i = 0; i < maxRepeats && isUndecided(best); i++) {
    const next = await offer(load, 'mrr');
    if (!isUndecided(next) || next.receivedPps > best.receivedPps) best = next;
  }
  return { verdict: best.verdict, reason: best.reason, throughput: received(cell, best.receivedPps), best };
}

function isUndecided({ verdict }: TrialDone): boolean {
  return verdict !== 'valid' && verdict !== 'nf-died';
}
