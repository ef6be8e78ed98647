import type { EmbeddedSwitchCost, TrialVerdict } from '../model/run.ts';
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
  /** Null or left out where the generator emulates no NIC besides. */
  readonly embeddedSwitch?: EmbeddedSwitchCost | null;
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

/** A core that was busy for longer set the pace of an unpaced trial itself. */
const coreBusyRatioMax = 0.95;

function judgeOffered({ report, attribution, durationMs, embeddedSwitch = null }: Evidence): Judged | null {
  const { intendedPps, offeredPps } = report;
  if (intendedPps === 0)
    return judgeUnpaced(embeddedSwitch, attribution.generatorAwayNs / (durationMs * 1e6));
  // While its core was away the generator could not send: that is the machine, not a limit of the generator.
  const takenRatio = Math.min(takenRatioMax, attribution.generatorAwayNs / (durationMs * 1e6));
  if (offeredPps >= (offeredRatioMin - takenRatio) * intendedPps) return null;
  const percent = ((100 * offeredPps) / intendedPps).toFixed(1);
  return {
    verdict: 'generator-limited',
    reason: `The generator offered ${mpps(offeredPps)}, ${percent} % of the intended ${mpps(intendedPps)}.${switchedFor(embeddedSwitch)}`,
  };
}

/** A full wire holds the sender back, so a load is never missing. But where its core also emulates the NIC, that can be what holds all back. */
function judgeUnpaced(embeddedSwitch: EmbeddedSwitchCost | null, awayRatio: number): Judged | null {
  if (embeddedSwitch === null) return null;
  // Of the time that its core was there.
  if (embeddedSwitch.coreBusyRatio < coreBusyRatioMax * (1 - awayRatio)) return null;
  const percent = (100 * embeddedSwitch.coreBusyRatio).toFixed(0);
  return {
    verdict: 'generator-limited',
    reason: `The generator's core was busy for ${percent} % of the trial: the rate is its own, not the device's.${switchedFor(embeddedSwitch)}`,
  };
}

function switchedFor(embeddedSwitch: EmbeddedSwitchCost | null): string {
  if (embeddedSwitch === null) return '';
  const percent = (100 * embeddedSwitch.busyRatio).toFixed(0);
  return ` Its core was the emulated NIC's embedded switch for ${percent} % of the trial.`;
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
