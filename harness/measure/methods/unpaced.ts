import type { PlannedCell, ResolvedProfile } from '../../profile/plan.ts';
import { median } from '../../stats/summary.ts';
import type { Offer } from '../context.ts';
import type { TrialDone } from '../trial.ts';
import { received, type Found } from './found.ts';

/** Where the method does not say how many. */
const unpacedRuns = 5;

/** The median of several runs: one alone shows the machine as much as the device. */
export async function countUnpaced(
  cell: PlannedCell,
  profile: ResolvedProfile,
  offer: Offer,
): Promise<Found> {
  const runs: TrialDone[] = [];
  const { own } = profile.method;
  const count = own?.method === 'mrr' ? own.trials : unpacedRuns;
  for (let i = 0; i < count; i++) {
    const run = await offer({ pps: 0, durationMs: profile.method.trialDurationMs }, 'mrr');
    if (run.verdict === 'nf-died')
      return { verdict: 'nf-died', reason: run.reason, throughput: null, best: run };
    runs.push(run);
  }
  const closed = runs
    .filter((run) => run.verdict !== 'unbalanced')
    .sort((a, b) => a.receivedPps - b.receivedPps);
  const middle = closed[closed.length >> 1];
  if (!middle)
    return { verdict: 'unbalanced', reason: runs[0]?.reason ?? null, throughput: null, best: null };
  const pps = median(closed.map((run) => run.receivedPps));
  return { verdict: 'valid', reason: null, throughput: received(cell, pps), best: middle };
}
