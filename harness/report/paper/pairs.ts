import { framesOf } from '../../model/frames.ts';
import { chainText } from '../format.ts';
import type { CellRow } from '../source.ts';

/** Two cells of one run, of the same chain and frames, measured by the same method. */
export interface Pair {
  readonly ours: CellRow;
  readonly other: CellRow;
}

export function pairsOf(
  rows: readonly CellRow[],
  isOurs: (row: CellRow) => boolean,
  isOther: (row: CellRow) => boolean,
  sameChain = true,
): Pair[] {
  return rows.filter(isOurs).flatMap((ours) => {
    const other = rows.find((row) => isOther(row) && row !== ours && isAlike(row, ours, sameChain));
    return other === undefined ? [] : [{ ours, other }];
  });
}

function isAlike(a: CellRow, b: CellRow, sameChain: boolean): boolean {
  const [one, two] = [a.result.cell, b.result.cell];
  return (
    a.source === b.source &&
    one.method === two.method &&
    framesOf(one).key === framesOf(two).key &&
    (!sameChain || chainText(one.nfs) === chainText(two.nfs))
  );
}

/** Ratio of two throughputs, with the least and the most that the bounds of both searches allow. */
export interface RatioRange {
  readonly value: number;
  /** 0 where nothing bounds the other side from above: it filled its wire. */
  readonly low: number;
  /** Infinity where nothing bounds our side from above, or the other from below. */
  readonly high: number;
}

/** Null where a side has no throughput, or carries nothing. */
export function ratioOf({ ours, other }: Pair): RatioRange | null {
  const [a, b] = [ours.result.throughput, other.result.throughput];
  if (a === null || b === null || b.pps <= 0) return null;
  return {
    value: a.pps / b.pps,
    low: a.lowerPps / (b.upperPps ?? Infinity),
    high: b.lowerPps > 0 ? (a.upperPps ?? Infinity) / b.lowerPps : Infinity,
  };
}
