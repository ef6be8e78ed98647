import type { FrameLossFigures, MethodFigures, SoakFigures } from '../model/figures.ts';
import { duration, mpps, percent, whole } from './format.ts';

/** What a method found, in a few words and its units: for tables of one line a cell. */
export function figureText(figures: MethodFigures): string {
  switch (figures.method) {
    case 'mrr':
      return `mean of ${figures.summary.count}: ${mpps(figures.summary.min)} to ${mpps(figures.summary.max)} Mpps`;
    case 'back-to-back':
      return figures.buffer === null
        ? `bursts of ${whole(figures.limitFrames)} frames and more`
        : `bursts of ${whole(figures.summary.mean)} frames, buffer ${duration(figures.buffer.correctedNs)}`;
    case 'frame-loss':
      return lossText(figures);
    case 'soak':
      return `${whole(lostOutside(figures))} of ${whole(figures.sent)} lost in ${duration(figures.durationNs)}`;
    case 'recovery':
      return figures.summary.max === 0
        ? 'no loss after the overload'
        : `recovers in ${duration(figures.summary.mean)}`;
    case 'reset':
      return `interrupted for ${duration(figures.summary.mean)}`;
    case 'scaling':
      return `${whole(total(figures.lost))} of ${whole(total(figures.sent))} lost in ${figures.summary.count} steps of ${duration(figures.summary.mean)}`;
  }
}

/** Of all repetitions. */
export function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Packets lost while no core was taken away. */
export function lostOutside({ lost, lostInGaps }: SoakFigures): number {
  return Math.max(0, lost - lostInGaps);
}

/** The load from which on, downwards, nothing is lost; null where there is none. */
export function losslessPercent({ points }: FrameLossFigures): number | null {
  const lossy = points.findLastIndex(
    (point) => point.lossOutsideGapsRatio > 0 || point.verdict === 'generator-limited',
  );
  return points[lossy + 1]?.loadPercent ?? null;
}

function lossText(figures: FrameLossFigures): string {
  const from = losslessPercent(figures);
  const full = figures.points[0];
  const least = from === null ? 'loss at every load' : `no loss up to ${from} % of the wire`;
  return full === undefined || full.lossOutsideGapsRatio === 0
    ? least
    : `${least}, ${percent(full.lossOutsideGapsRatio)} lost at ${full.loadPercent} %`;
}
