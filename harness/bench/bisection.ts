import type { SearchGoal } from '../model/goal.ts';
import { judge } from '../search/judge.ts';
import type { Trial } from '../search/trial.ts';

/**
 * What MLRsearch is compared with: the textbook's binary search (RFC 2544, section 26.1, as testers do it), each load decided by
 * one trial, or by as many as a trial of this machine takes, until the bounds are within the width. Packets per second; null
 * where nothing passed.
 */
export async function bisect(
  trial: Trial,
  goal: SearchGoal,
  limits: { minPps: number; maxPps: number; maxRepeats: number },
): Promise<number | null> {
  let lower: number | null = null;
  let upper = limits.maxPps;
  let pps = limits.maxPps;
  const isWide = () => upper > limits.minPps && (upper - (lower ?? 0)) / upper > goal.widthRatio;
  do {
    const load = { pps, durationMs: goal.finalTrialDurationMs };
    const judgement = await judge(trial, load, goal, 1 + limits.maxRepeats);
    if (judgement.kind === 'void') return lower;
    if (judgement.kind === 'decided' && judgement.result.lossRatioMax <= goal.lossRatio) lower = pps;
    else upper = pps;
    if (lower === limits.maxPps) return lower;
    pps = Math.max(limits.minPps, ((lower ?? 0) + upper) / 2);
  } while (isWide());
  return lower;
}
