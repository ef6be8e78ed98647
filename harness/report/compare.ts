import { coresApart } from '../model/cores.ts';
import { framesOf, type Frames } from '../model/frames.ts';
import { type CellRow, fillsWire } from './source.ts';

/** What NetVM carries next to what vhost-user does, for one chain and frame size of one run. */
export interface Comparison {
  readonly netvm: CellRow;
  readonly baseline: CellRow;
  readonly nfs: number;
  readonly frames: Frames;
  /** Null where a side has no throughput, or carries nothing. */
  readonly ratio: Ratio | null;
  /** Both cells are valid. */
  readonly trusted: boolean;
  /** The cores were not as far apart for both, or not all the time: the ratio is in part the machine's. */
  readonly coresMoved: boolean;
}

export interface Ratio {
  readonly value: number;
  /** The least and the most that the bounds of both searches allow. */
  readonly low: number;
  readonly high: number;
  /** NetVM filled the wire: without it the ratio could be higher. */
  readonly atLeast: boolean;
  /** Both filled the wire, which hides any difference. */
  readonly bothFillWire: boolean;
}

export function compareWithBaseline(rows: readonly CellRow[]): Comparison[] {
  return rows
    .filter(({ result }) => result.cell.dataplane === 'netvm')
    .flatMap((netvm) => {
      const baseline = rows.find((row) => isBaselineOf(row, netvm));
      return baseline === undefined ? [] : [comparison(netvm, baseline)];
    })
    .sort((a, b) => a.frames.sizeBytes - b.frames.sizeBytes || a.nfs - b.nfs);
}

function isBaselineOf(row: CellRow, netvm: CellRow): boolean {
  const [a, b] = [row.result.cell, netvm.result.cell];
  return (
    a.dataplane === 'vhost-user' &&
    row.source === netvm.source &&
    framesOf(a).key === framesOf(b).key &&
    a.method === b.method &&
    a.isolation === b.isolation &&
    a.nfs.length === b.nfs.length &&
    a.nfs.every((nf, index) => nf === b.nfs[index])
  );
}

function comparison(netvm: CellRow, baseline: CellRow): Comparison {
  return {
    netvm,
    baseline,
    nfs: netvm.result.cell.nfs.length,
    frames: framesOf(netvm.result.cell),
    ratio: ratioOf(netvm, baseline),
    trusted: netvm.result.verdict === 'valid' && baseline.result.verdict === 'valid',
    coresMoved: coresApart([netvm.result, baseline.result]) !== null,
  };
}

function ratioOf(netvm: CellRow, baseline: CellRow): Ratio | null {
  const [a, b] = [netvm.result.throughput, baseline.result.throughput];
  if (a === null || b === null || b.pps <= 0) return null;
  const [netvmFull, baselineFull] = [fillsWire(netvm), fillsWire(baseline)];
  return {
    value: a.pps / b.pps,
    low: a.lowerPps / (b.upperPps ?? b.pps),
    high: (a.upperPps ?? a.pps) / (b.lowerPps > 0 ? b.lowerPps : b.pps),
    atLeast: netvmFull && !baselineFull,
    bothFillWire: netvmFull && baselineFull,
  };
}
