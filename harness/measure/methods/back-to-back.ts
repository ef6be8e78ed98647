import { lineRatePps, meanFrameBytes } from '../../model/units.ts';
import { ownOf } from '../../profile/own-settings.ts';
import { bufferTime, longestBurst, type BurstGoal } from '../../search/burst.ts';
import { repeats } from '../../stats/summary.ts';
import type { TrialDone } from '../trial.ts';
import type { Found, Offering } from './found.ts';
import { throughputOf } from './throughput.ts';

export const source = 'RFC 2544 section 26.4, updated by RFC 9004 section 6';

/** The first burst, in frames: what the smallest of usual rings holds. Later searches start at what the one before found. */
const firstFrames = 1_024;
/** Beyond the burst itself, for a generator whose core is taken away. */
const slackMs = 1_000;

/**
 * Back-to-back frames (RFC 2544 section 26.4, updated by RFC 9004): the longest burst at the wire's rate without loss, averaged over
 * so many repetitions, and the buffer time that it implies, corrected by the throughput of the same cell. A trial ends when all
 * that is in flight has come back, which the books show: so there is no need to wait two seconds for buffers to drain.
 */
export async function backToBack(input: Offering): Promise<Found> {
  const { cell, profile } = input;
  const { repetitions, longestBurstMs } = ownOf(profile.method.own, 'back-to-back');
  const found = await throughputOf(input);
  const { throughput } = found;
  if (throughput === null || found.verdict === 'nf-died') return found;
  const ratePps = lineRatePps(profile.lineRateBps, meanFrameBytes(cell));
  const limitFrames = Math.max(1, Math.floor((ratePps * longestBurstMs) / 1e3));
  const { resolutionRatio, maxRepeats } = profile.method;
  const goal = {
    limitFrames,
    ratePps,
    resolutionRatio,
    maxRepeats,
    startFrames: Math.min(firstFrames, limitFrames),
  };
  const done = await repeatSearch(input, goal, repetitions);
  const base = { ...found, best: done.best ?? found.best };
  if (done.bursts.length === 0) return { ...base, ...fault(done.voided) };
  const summary = repeats(done.bursts);
  const { pps: throughputPps } = throughput;
  const buffer = done.reachedLimit
    ? null
    : { ...bufferTime(summary.mean, ratePps, throughputPps), throughputPps };
  return {
    ...base,
    ...(done.voided?.verdict === 'nf-died' && fault(done.voided)),
    figures: {
      method: 'back-to-back',
      source,
      maxTheoreticalPps: ratePps,
      bursts: done.bursts,
      summary,
      buffer,
      // Where none was too long: the longest that was sent.
      limitFrames: done.reachedLimit ? summary.max : limitFrames,
    },
  };
}

interface Repeated {
  readonly bursts: readonly number[];
  readonly reachedLimit: boolean;
  readonly best: TrialDone | null;
  /** The last repetition that found nothing. */
  readonly voided: TrialDone | null;
}

async function repeatSearch({ offer }: Offering, goal: BurstGoal, repetitions: number): Promise<Repeated> {
  const bursts: number[] = [];
  let done: Repeated = { bursts, reachedLimit: false, best: null, voided: null };
  let startFrames = goal.startFrames;
  const send = (frames: number) => {
    const durationMs = Math.ceil((frames / goal.ratePps) * 1e3) + slackMs;
    return offer({ pps: goal.ratePps, durationMs }, 'back-to-back', { packets: frames });
  };
  for (let i = 0; i < repetitions && done.voided?.verdict !== 'nf-died'; i++) {
    const result = await longestBurst(send, { ...goal, startFrames });
    if (result.kind === 'void') done = { ...done, voided: result.outcome };
    else {
      bursts.push(result.frames);
      done = { ...done, best: result.best ?? done.best, reachedLimit: done.reachedLimit || result.isLimit };
      startFrames = Math.max(1, result.frames);
      // A device that keeps up does so each time: the same long burst again would show nothing.
      if (result.isLimit) break;
    }
  }
  return done;
}

function fault(trial: TrialDone | null): Pick<Found, 'verdict' | 'reason'> {
  const verdict = trial === null || trial.verdict === 'valid' ? 'disturbed' : trial.verdict;
  return { verdict, reason: trial?.reason ?? 'No burst was sent at the wire’s rate.' };
}
