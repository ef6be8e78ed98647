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

/** What a trial is worth. What makes it void comes first; what limits it, next; what disturbed it, last. */
export function judgeTrial(evidence: Evidence): Judged {
  const { deadNfs, booksFault } = evidence;
  if (deadNfs.length > 0) return { verdict: 'nf-died', reason: `${deadNfs.join('; ')}.` };
  if (booksFault !== null) return { verdict: 'unbalanced', reason: booksFault };
  return judgeOffered(evidence) ?? judgeLoss(evidence) ?? { verdict: 'valid', reason: null };
}

function judgeOffered({ report, attribution, durationMs }: Evidence): Judged | null {
  const { intendedPps, offeredPps } = report;
  if (intendedPps === 0) return null;
  // While its core was away the generator could not send: that is the machine, not a limit of the generator.
  const takenPps = (intendedPps * attribution.gapNs.generator) / (durationMs * 1e6);
  if (offeredPps + takenPps >= offeredRatioMin * intendedPps) return null;
  const percent = ((100 * offeredPps) / intendedPps).toFixed(1);
  return {
    verdict: 'generator-limited',
    reason: `The generator offered ${mpps(offeredPps)}, ${percent} % of the intended ${mpps(intendedPps)}.`,
  };
}

function judgeLoss({ report, attribution }: Evidence): Judged | null {
  const lost = report.sent - report.received;
  const { lostInGaps, gapNs } = attribution;
  if (lost === 0 || lostInGaps < lost) return null;
  return {
    verdict: 'disturbed',
    reason:
      `All ${lost} packets lost were lost while a core was taken away from its loop or caught up ` +
      `(generator away ${ms(gapNs.generator)}, device ${ms(gapNs.device)}).`,
  };
}

function mpps(pps: number): string {
  return `${(pps / 1e6).toFixed(3)} Mpps`;
}

function ms(ns: number): string {
  return `${(ns / 1e6).toFixed(2)} ms`;
}
