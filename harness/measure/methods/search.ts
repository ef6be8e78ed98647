import { layer1Gbps, lineRatePps } from '../../model/units.ts';
import type { PlannedCell, ResolvedProfile } from '../../profile/plan.ts';
import { searchThroughput } from '../../search/throughput.ts';
import type { Offer } from '../context.ts';
import type { Found } from './found.ts';

/** Below this share of the wire's rate no throughput is looked for. */
const lowestShare = 0.001;

/** Searches for the highest load that passes. */
export async function search(cell: PlannedCell, profile: ResolvedProfile, offer: Offer): Promise<Found> {
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
