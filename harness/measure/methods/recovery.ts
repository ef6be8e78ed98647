import { lineRatePps, meanFrameBytes } from '../../model/units.ts';
import { ownOf } from '../../profile/own-settings.ts';
import { recoveryAfter } from '../../stats/losses.ts';
import { repeats } from '../../stats/summary.ts';
import type { TrialDone } from '../trial.ts';
import { worst, type Found, type Offering } from './found.ts';
import { throughputOf } from './throughput.ts';

export const source = 'RFC 2544 section 26.5';

/**
 * System recovery (RFC 2544 section 26.5): an overload of 110 % of the throughput, or the wire's rate where that is less, then without a
 * pause half of it; the time from the reduction to the last packet lost, outside gaps of the machine. The mean of the repetitions.
 */
export async function recovery(input: Offering): Promise<Found> {
  const { cell, profile, offer } = input;
  const own = ownOf(profile.method.own, 'recovery');
  const found = await throughputOf(input);
  const { throughput } = found;
  if (throughput === null || found.verdict === 'nf-died') return found;
  const wirePps = lineRatePps(profile.lineRateBps, meanFrameBytes(cell));
  const overloadPps = Math.min(wirePps, throughput.pps * own.overloadRatio);
  const reducedPps = overloadPps * own.reductionRatio;
  const trials: TrialDone[] = [];
  for (let i = 0; i < own.repetitions && trials.at(-1)?.verdict !== 'nf-died'; i++) {
    const load = { pps: overloadPps, durationMs: own.overloadDurationMs };
    trials.push(await offer(load, 'recovery', { thenPps: reducedPps, thenDurationMs: own.watchMs }));
  }
  const verdict = worst(trials);
  const best = trials.at(-1) ?? null;
  const closed = trials.filter((trial) => trial.verdict !== 'unbalanced' && trial.verdict !== 'nf-died');
  if (closed.length === 0) return { ...found, ...verdict, best };
  const after = closed.map((trial) => recoveryAfter(trial.losses, trial.stepNs ?? 0, reducedPps));
  const recoveryNs = after.map((one) => one.recoveryNs);
  const lostAfterReduction = after.map((one) => one.lostAfter);
  const sentOverloaded = (overloadPps * own.overloadDurationMs) / 1e3;
  const overloadLossRatio = closed.map(({ lost }, i) =>
    Math.min(1, Math.max(0, lost - (lostAfterReduction[i] ?? 0)) / sentOverloaded),
  );
  return {
    ...found,
    // Gaps of the machine are left out of the figure: they make it no less valid.
    ...(verdict.verdict === 'disturbed' ? { verdict: found.verdict, reason: found.reason } : verdict),
    best,
    figures: {
      method: 'recovery',
      source,
      overloadPps,
      overloadDurationMs: own.overloadDurationMs,
      reducedPps,
      recoveryNs,
      lostAfterReduction,
      overloadLossRatio,
      summary: repeats(recoveryNs),
    },
  };
}
