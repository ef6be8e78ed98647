import type { SoakFigures } from '../model/figures.ts';
import { proportionBelow } from './binomial.ts';
import { outsideGaps, type Loss } from './losses.ts';

/** A long trial at a constant load, as it went. */
export interface Soaked {
  readonly durationNs: number;
  readonly sent: number;
  readonly lost: number;
  readonly lostInGaps: number;
  readonly losses: readonly Loss[];
  /** Losses before this time were overwritten in the log, since there were too many; 0: none were. */
  readonly lossesFromNs: number;
}

export type SoakSummary = Omit<SoakFigures, 'method' | 'source' | 'intendedPps'>;

const secondNs = 1e9;

/** What a soak says: loss second by second, its longest rest, its drift, and below what the loss ratio lies with what confidence. */
export function summarizeSoak(soaked: Soaked, confidence: number): SoakSummary {
  const { durationNs, sent, lost, lostInGaps, lossesFromNs } = soaked;
  const lostBySecond = bySecond(soaked);
  const known = lostBySecond.filter((packets) => packets !== null);
  const lossy = known.filter((packets) => packets > 0).length;
  const lostOutside = Math.min(sent, Math.max(0, lost - lostInGaps));
  return {
    durationNs,
    sent,
    lost,
    lostInGaps,
    lostBySecond,
    longestLossFreeNs: longestLossFree(soaked),
    ...(lossesFromNs > 0 ? { firstHalfLossRatio: null, secondHalfLossRatio: null } : halves(soaked)),
    confidence,
    lossRatioBelow: sent === 0 ? 1 : proportionBelow(lostOutside, sent, confidence),
    lossySecondsRatioBelow: known.length === 0 ? null : proportionBelow(lossy, known.length, confidence),
  };
}

/** A last part of less than half a second is no second of its own. */
function bySecond({ durationNs, losses, lossesFromNs }: Soaked): (number | null)[] {
  const seconds = Math.max(1, Math.round(durationNs / secondNs));
  const lost = Array.from({ length: seconds }, (_, i): number | null =>
    i * secondNs < lossesFromNs ? null : 0,
  );
  for (const loss of losses) {
    const second = Math.min(seconds - 1, Math.max(0, Math.floor(loss.startNs / secondNs)));
    const before = lost[second] ?? null;
    if (before !== null) lost[second] = before + outsideGaps(loss);
  }
  return lost;
}

function longestLossFree({ durationNs, losses, lossesFromNs }: Soaked): number {
  let longest = 0;
  let freeFromNs = lossesFromNs;
  for (const loss of losses.toSorted((a, b) => a.startNs - b.startNs)) {
    if (outsideGaps(loss) === 0) continue;
    longest = Math.max(longest, loss.startNs - freeFromNs);
    freeFromNs = Math.max(freeFromNs, loss.endNs);
  }
  return Math.max(longest, durationNs - freeFromNs);
}

function halves({ durationNs, sent, losses }: Soaked) {
  const isFirst = (loss: Loss) => loss.startNs < durationNs / 2;
  const ratio = (part: readonly Loss[]) =>
    sent === 0 ? 0 : part.reduce((sum, loss) => sum + outsideGaps(loss), 0) / (sent / 2);
  return {
    firstHalfLossRatio: ratio(losses.filter(isFirst)),
    secondHalfLossRatio: ratio(losses.filter((loss) => !isFirst(loss))),
  };
}
