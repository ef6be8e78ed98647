import type { GoalFigures } from '../../model/run.ts';
import { layer1Gbps, lineRatePps, meanFrameBytes } from '../../model/units.ts';
import type { PlannedCell, ResolvedProfile } from '../../profile/plan.ts';
import type { GoalResult } from '../../search/goal-result.ts';
import { mlrsearch } from '../../search/mlrsearch.ts';
import type { Offer } from '../context.ts';
import type { TrialDone } from '../trial.ts';
import type { Found } from './found.ts';

/** Searches for the highest load that passes, for each goal of the profile's method: MLRsearch, RFC 9971. */
export async function search(cell: PlannedCell, profile: ResolvedProfile, offer: Offer): Promise<Found> {
  const { goals, minLoadRatio, maxLoadRatio, maxRepeats } = profile.method;
  const wirePps = lineRatePps(profile.lineRateBps, meanFrameBytes(cell));
  const result = await mlrsearch((load) => offer(load, 'search'), {
    goals,
    minPps: wirePps * minLoadRatio,
    maxPps: wirePps * maxLoadRatio,
    maxRepeats,
  });
  const { verdict, reason, throughputPps, best, lowerPps, upperPps } = result;
  const found = { verdict, reason, best, goals: result.goals.map(figures) };
  if (throughputPps === null) return { ...found, throughput: null };
  const gbps = layer1Gbps(throughputPps, meanFrameBytes(cell));
  return {
    ...found,
    throughput: { pps: throughputPps, gbps, lowerPps: lowerPps ?? throughputPps, upperPps },
  };
}

function figures({ best: _, ...rest }: GoalResult<TrialDone>): GoalFigures {
  return rest;
}
