import type { SearchGoal } from '../model/goal.ts';
import type { TrialResult } from './result.ts';
import { classifyTrial } from './result.ts';

/** Sums of times such as 0.1 and 0.2 must not miss their threshold by the last bit. */
const tolerance = 1e-12;

export type LoadClass = 'upper-bound' | 'lower-bound' | 'undecided';

/**
 * Load Classification: RFC 9971, Appendix A ("Load Classification Code"), in its terms. A load is a lower bound where no result
 * within the Goal Duration Sum could still make it an upper bound, and the reverse; else it is undecided.
 */
export function classifyLoad(goal: SearchGoal, results: readonly TrialResult[]): LoadClass {
  const { fullLengthHighLossMs, fullLengthLowLossMs, shortHighLossMs, shortLowLossMs } = sums(goal, results);
  const { exceedRatio, durationSumMs } = goal;
  // Short trials cannot make a lower bound: those of low loss only make up for those of high loss.
  const balancingMs = (shortLowLossMs * exceedRatio) / (1 - exceedRatio);
  const effectiveHighLossMs = fullLengthHighLossMs + Math.max(0, shortHighLossMs - balancingMs);
  const effectiveWholeMs = Math.max(fullLengthLowLossMs + effectiveHighLossMs, durationSumMs);
  const optimisticExceedRatio = effectiveHighLossMs / effectiveWholeMs;
  const pessimisticExceedRatio = (effectiveWholeMs - fullLengthLowLossMs) / effectiveWholeMs;
  if (optimisticExceedRatio > exceedRatio + tolerance) return 'upper-bound';
  return pessimisticExceedRatio > exceedRatio + tolerance ? 'undecided' : 'lower-bound';
}

/**
 * Conditional Throughput: RFC 9971, Appendix B. The forwarding rate to expect at a lower bound, packets per second: that of the
 * worst trial that the Goal Exceed Ratio does not excuse. 0 where too few trials of full length were made.
 */
export function conditionalThroughputPps(
  goal: SearchGoal,
  pps: number,
  results: readonly TrialResult[],
): number {
  const fullLength = results
    .filter(({ durationMs }) => durationMs >= goal.finalTrialDurationMs)
    .flatMap((result) => {
      const kind = classifyTrial(result, goal);
      if (kind === 'undecided') return [];
      return [{ ...result, lossRatio: kind === 'low-loss' ? result.lossRatioMax : result.lossRatioMin }];
    })
    .sort((a, b) => a.lossRatio - b.lossRatio);
  const fullLengthMs = fullLength.reduce((sum, { effectiveDurationMs }) => sum + effectiveDurationMs, 0);
  let remainingMs = Math.max(goal.durationSumMs, fullLengthMs) * (1 - goal.exceedRatio);
  for (const { lossRatio, effectiveDurationMs } of fullLength) {
    remainingMs -= effectiveDurationMs;
    if (remainingMs <= tolerance * goal.durationSumMs) return pps * (1 - lossRatio);
  }
  return 0;
}

function sums(goal: SearchGoal, results: readonly TrialResult[]) {
  const total = { fullLengthHighLossMs: 0, fullLengthLowLossMs: 0, shortHighLossMs: 0, shortLowLossMs: 0 };
  for (const result of results) {
    const kind = classifyTrial(result, goal);
    const isShort = result.durationMs < goal.finalTrialDurationMs;
    if (kind === 'high-loss')
      total[isShort ? 'shortHighLossMs' : 'fullLengthHighLossMs'] += result.effectiveDurationMs;
    if (kind === 'low-loss')
      total[isShort ? 'shortLowLossMs' : 'fullLengthLowLossMs'] += result.effectiveDurationMs;
  }
  return total;
}
