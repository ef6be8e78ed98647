import type { TrialVerdict } from '../model/run.ts';
import type { TrialReport } from '../traffic/generator.ts';
import type { Attribution } from './gaps.ts';

export interface Evidence {
  readonly report: TrialReport;
  readonly attribution: Attribution;
  /** Names of NFs that were not alive after the trial, each with how it ended. */
  readonly deadNfs: readonly string[];
  /** A sentence where the books do not close. */
  readonly booksFault: string | null;
  readonly durationMs: number;
}

export interface Judged {
  readonly verdict: TrialVerdict;
  readonly reason: string | null;
}

/** The load was offered where so much of it was. */
const offeredRatioMin = 0.99;
/** So much of the load may be missing because the generator's core was away; a trial that misses more was not at that load. */
const takenRatioMax = 0.15;
/** A trial that was disturbed for longer than not says nothing of the device by its loss. */
export const undisturbedRatioMin = 0.5;

/** What a trial is worth. What makes it void comes first; what limits it, next; what disturbed it, last. */
export function judgeTrial(evidence: Evidence): Judged {
  const { deadNfs, booksFault } = evidence;
  if (deadNfs.length > 0) {
    const reason = [`${deadNfs.join('; ')}.`, booksFault].filter((sentence) => sentence !== null).join(' ');
    return { verdict: 'nf-died', reason };
  }
  if (booksFault !== null) return { verdict: 'unbalanced', reason: booksFault };
  return judgeOffered(evidence) ?? judgeLoss(evidence) ?? { verdict: 'valid', reason: null };
}

function judgeOffered({ report, attribution, durationMs }: Evidence): Judged | null {
  const { intendedPps, offeredPps } = report;
  if (intendedPps === 0) return null;
  // While its core was away the generator could not send: that is the machine, not a limit of the generator.
  const takenRatio = Math.min(takenRatioMax, attribution.generatorAwayNs / (durationMs * 1e6));
  if (offeredPps >= (offeredRatioMin - takenRatio) * intendedPps) return null;
  const percent = ((100 * offeredPps) / intendedPps).toFixed(1);
  return {
    verdict: 'generator-limited',
    reason: `The generator offered ${mpps(offeredPps)}, ${percent} % of the intended ${mpps(intendedPps)}.`,
  };
}

function judgeLoss({ report, attribution }: Evidence): Judged | null {
  const lost = report.sent - report.received;
  const { lostInGaps, undisturbedRatio, gapNs } = attribution;
  if (lost === 0) return null;
  const away = `generator away ${ms(gapNs.generator)}, device ${ms(gapNs.device)}`;
  if (lostInGaps >= lost) {
    return {
      verdict: 'disturbed',
      reason: `All ${lost} packets lost were lost while a core was taken away from its loop, or what that left behind drained (${away}).`,
    };
  }
  if (undisturbedRatio < undisturbedRatioMin) {
    const percent = (100 * undisturbedRatio).toFixed(0);
    return {
      verdict: 'disturbed',
      reason: `Only ${percent} % of the trial was free of gaps and what they left behind (${away}); ${lost} packets were lost, ${lostInGaps} of them then.`,
    };
  }
  return null;
}

function mpps(pps: number): string {
  return `${(pps / 1e6).toFixed(3)} Mpps`;
}

function ms(ns: number): string {
  return `${(ns / 1e6).toFixed(2)} ms`;
}
