import type { TrialOutcome } from './trial.ts';

/** Sends a burst of so many frames at the wire's rate. */
export type Burst<Outcome extends TrialOutcome = TrialOutcome> = (frames: number) => Promise<Outcome>;

export interface BurstGoal {
  /** The first burst, in frames: a good guess saves trials. */
  readonly startFrames: number;
  /** Longer ones are not tried. */
  readonly limitFrames: number;
  /** The search ends when (failed - passed) / failed is at most this; above 0, below 1. */
  readonly resolutionRatio: number;
  /** The wire's rate: a burst that was sent slower is none. */
  readonly ratePps: number;
  /** How often a burst that decided nothing is repeated. */
  readonly maxRepeats: number;
}

export type BurstResult<Outcome extends TrialOutcome> =
  | {
      readonly kind: 'found';
      /** The longest that passed, in frames; 0 where not even a single one did. */
      readonly frames: number;
      /** The longest that could be sent passed: the limit, or what the machine let the generator send without a break. */
      readonly isLimit: boolean;
      readonly best: Outcome | null;
    }
  /** What ended the search, or left a burst undecided. */
  | { readonly kind: 'void'; readonly outcome: Outcome };

/** A burst that took longer than this share allows was not back to back. */
const rateRatioMin = 0.99;
/** Loss verification: one loss may be a disturbance that no loop saw. */
const lossesMax = 2;

/**
 * Searches the longest burst without loss (RFC 2544 section 26.4): doubles or halves the first one until it is bounded, then halves
 * the difference. As RFC 9004 section 6.2 has it (loss verification of ETSI TST 009, clause 12.3), a loss is verified: only a burst that lost frames twice is too long.
 */
export async function longestBurst<Outcome extends TrialOutcome>(
  send: Burst<Outcome>,
  goal: BurstGoal,
): Promise<BurstResult<Outcome>> {
  checkGoal(goal);
  let passed = 0;
  let failed: number | null = null;
  let best: Outcome | null = null;
  for (;;) {
    const frames = nextBurst(passed, failed, goal);
    if (frames === null) return { kind: 'found', frames: passed, isLimit: failed === null, best };
    const judged = await judgeBurst(send, frames, goal);
    if (judged.kind === 'void') {
      const { verdict } = judged.outcome;
      const ended = verdict === 'nf-died' || verdict === 'unbalanced' || passed === 0 || failed !== null;
      // What the generator cannot send in one burst says nothing of the device, which kept up with all that it could.
      return ended ? judged : { kind: 'found', frames: passed, isLimit: true, best };
    }
    if (judged.kind === 'pass') {
      passed = frames;
      best = judged.outcome;
    } else failed = frames;
  }
}

function nextBurst(passed: number, failed: number | null, goal: BurstGoal): number | null {
  const { startFrames, limitFrames, resolutionRatio } = goal;
  if (failed === null) {
    if (passed >= limitFrames) return null;
    return Math.min(limitFrames, passed === 0 ? startFrames : passed * 2);
  }
  if (failed - passed <= 1 || failed - passed <= resolutionRatio * failed) return null;
  return passed === 0 ? failed >> 1 : (passed + failed) >> 1;
}

type Judged<Outcome extends TrialOutcome> =
  | { readonly kind: 'pass' | 'fail'; readonly outcome: Outcome }
  | { readonly kind: 'void'; readonly outcome: Outcome };

async function judgeBurst<Outcome extends TrialOutcome>(
  send: Burst<Outcome>,
  frames: number,
  { ratePps, maxRepeats }: BurstGoal,
): Promise<Judged<Outcome>> {
  let lossy: Outcome | null = null;
  let losses = 0;
  let undecided: Outcome | null = null;
  for (let i = 0; i <= maxRepeats + 1; i++) {
    const outcome = await send(frames);
    if (outcome.verdict === 'nf-died') return { kind: 'void', outcome };
    const isBurst = outcome.offeredPps >= rateRatioMin * ratePps;
    const ownLoss = outcome.lost - outcome.lostInGaps;
    if (outcome.verdict === 'unbalanced') undecided = outcome;
    // A slower one that lost frames all the same would have lost them at the full rate too.
    else if (ownLoss > 0 && outcome.verdict !== 'disturbed') {
      lossy = outcome;
      if (++losses === lossesMax) return { kind: 'fail', outcome };
    } else if (outcome.lost === 0 && isBurst) return { kind: 'pass', outcome };
    else undecided = outcome;
  }
  if (lossy) return { kind: 'fail', outcome: lossy };
  if (undecided) return { kind: 'void', outcome: undecided };
  throw new RangeError(`maxRepeats: expected 0 or more; got ${maxRepeats}`);
}

function checkGoal({ startFrames, limitFrames, resolutionRatio }: BurstGoal): void {
  const areWhole = Number.isSafeInteger(startFrames) && Number.isSafeInteger(limitFrames);
  if (!(areWhole && startFrames >= 1 && startFrames <= limitFrames)) {
    throw new RangeError(
      `expected whole numbers 1 <= startFrames <= limitFrames; got ${startFrames} and ${limitFrames}`,
    );
  }
  if (!(resolutionRatio > 0 && resolutionRatio < 1)) {
    throw new RangeError(`resolutionRatio: expected a ratio between 0 and 1; got ${resolutionRatio}`);
  }
}

export interface BufferTime {
  readonly impliedNs: number;
  readonly correctedNs: number;
}

/**
 * RFC 9004 section 6.4. A burst lasts as long as the buffer takes to fill, and meanwhile the device empties it: the implied buffer
 * time is too long by the frames forwarded, which the measured throughput tells.
 */
export function bufferTime(meanFrames: number, maxTheoreticalPps: number, throughputPps: number): BufferTime {
  const impliedNs = (meanFrames / maxTheoreticalPps) * 1e9;
  return { impliedNs, correctedNs: impliedNs - impliedNs * (throughputPps / maxTheoreticalPps) };
}
