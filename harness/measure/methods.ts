import type { Throughput } from '../model/run.ts';
import { layer1Gbps, lineRatePps } from '../model/units.ts';
import type { PlannedCell, ResolvedProfile } from '../profile/plan.ts';
import { searchThroughput, type SearchResult } from '../search/throughput.ts';
import { median } from '../stats/summary.ts';
import type { Offer } from './context.ts';
import type { TrialDone } from './trial.ts';

/** What a method found. */
export interface Found {
  readonly verdict: SearchResult<TrialDone>['verdict'];
  readonly reason: string | null;
  readonly throughput: Throughput | null;
  readonly best: TrialDone | null;
}

/** Below this share of the wire's rate no throughput is looked for. */
const lowestShare = 0.001;
const unpacedRuns = 5;

/**
 * The cell's throughput by its method: `rfc2544` searches the highest load without loss and confirms it, `quick` does not
 * confirm it, `mrr` counts what comes back of a full wire. On an unpaced wire there is no load to search for: a full wire holds
 * the generator back, and what comes back is the throughput.
 */
export function findThroughput(cell: PlannedCell, profile: ResolvedProfile, offer: Offer): Promise<Found> {
  if (profile.lineRateBps === 0) return countUnpaced(cell, profile, offer);
  return cell.method === 'mrr' ? countReceived(cell, profile, offer) : search(cell, profile, offer);
}

async function search(cell: PlannedCell, profile: ResolvedProfile, offer: Offer): Promise<Found> {
  const { method } = profile;
  const maxPps = lineRatePps(profile.lineRateBps, cell.frameSizeBytes);
  const result = await searchThroughput((load) => offer(load, 'search'), {
    minPps: maxPps * lowestShare,
    maxPps,
    resolutionRatio: method.resolutionRatio,
    lossRatio: method.lossRatio,
    durationMs: method.trialDurationMs,
    maxRepeats: method.maxRepeats,
    confirm: cell.method === 'rfc2544',
  });
  const { verdict, reason, throughputPps, best, lowerPps, upperPps } = result;
  if (throughputPps === null) return { verdict, reason, throughput: null, best };
  const gbps = layer1Gbps(throughputPps, cell.frameSizeBytes);
  const throughput = { pps: throughputPps, gbps, lowerPps: lowerPps ?? throughputPps, upperPps };
  return { verdict, reason, throughput, best };
}

/** CSIT's maximum receive rate: the wire's rate is offered, losses are of no account. */
async function countReceived(cell: PlannedCell, profile: ResolvedProfile, offer: Offer): Promise<Found> {
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

/** The median of several runs: one alone shows the machine as much as the device. */
async function countUnpaced(cell: PlannedCell, profile: ResolvedProfile, offer: Offer): Promise<Found> {
  const runs: TrialDone[] = [];
  for (let i = 0; i < unpacedRuns; i++) {
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

function received(cell: PlannedCell, pps: number): Throughput {
  return { pps, gbps: layer1Gbps(pps, cell.frameSizeBytes), lowerPps: pps, upperPps: null };
}
