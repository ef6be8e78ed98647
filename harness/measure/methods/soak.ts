import { ownOf } from '../../profile/own-settings.ts';
import { summarizeSoak } from '../../stats/soak.ts';
import type { Found, Offering } from './found.ts';
import { throughputOf } from './throughput.ts';

export const source = 'no RFC: one long trial, second by second; bounds after Clopper and Pearson (1934)';

const nothingSearched = { verdict: 'valid', reason: null, throughput: null, best: null } as const;

/**
 * Soak: one long trial at a share of the cell's throughput, or at a given rate. It is not repeated: what happened in it, happened.
 */
export async function soak(input: Offering): Promise<Found> {
  const { profile, offer } = input;
  const { durationMs, load, confidence } = ownOf(profile.method.own, 'soak');
  const found: Found = load.kind === 'rate' ? nothingSearched : await throughputOf(input);
  if (found.verdict === 'nf-died') return found;
  const pps = load.kind === 'rate' ? load.pps : load.ratio * (found.throughput?.pps ?? 0);
  if (pps === 0) return found;
  const trial = await offer({ pps, durationMs }, 'soak');
  const { verdict, reason, record, sent, lost, lostInGaps, losses, lossesFromNs } = trial;
  const soaked = { durationNs: record.durationNs, sent, lost, lostInGaps, losses, lossesFromNs };
  return {
    verdict,
    reason,
    throughput: found.throughput,
    best: trial,
    figures: { method: 'soak', source, intendedPps: pps, ...summarizeSoak(soaked, confidence) },
  };
}
