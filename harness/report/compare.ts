import { coresApart } from '../model/cores.ts';
import { framesOf, type Frames } from '../model/frames.ts';
import { boundsOf, type CellRow, fillsWire } from './source.ts';

/** What NetVM carries next to what vhost-user does, for one chain and frame size of one run. */
export interface Comparison {
  readonly netvm: CellRow;
  readonly baseline: CellRow;
  readonly nfs: number;
  readonly frames: Frames;
  /** Null where a side has no throughput, or carries nothing. */
  readonly ratio: Ratio | null;
  /** Both cells are valid, and of one provenance. */
  readonly trusted: boolean;
  /** What is said where the two figures are not of one kind: then it is no ratio of measured ones. Else empty. */
  readonly mixed: string;
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
  const baselines = Map.groupBy(
    rows.filter(({ result }) => result.cell.dataplane === 'vhost-user'),
    pairKey,
  );
  return rows
    .filter(({ result }) => result.cell.dataplane === 'netvm')
    .flatMap((netvm) => {
      const same = baselines.get(pairKey(netvm)) ?? [];
      const baseline =
        same.find(({ result }) => result.cell.isolation === netvm.result.cell.isolation) ?? same[0];
      return baseline === undefined ? [] : [comparison(netvm, baseline)];
    })
    .sort((a, b) => a.frames.sizeBytes - b.frames.sizeBytes || a.nfs - b.nfs);
}

/**
 * Of one run, with the same frames, method and chain. Not the isolation: the baseline knows processes only, and NetVM's NFs in another one
 * stand next to the same.
 */
function pairKey({ result: { cell }, runNumber }: CellRow): string {
  return [runNumber, framesOf(cell).key, cell.method, ...cell.nfs].join('\n');
}

function comparison(netvm: CellRow, baseline: CellRow): Comparison {
  const mixed = mixedProvenance(netvm, baseline);
  return {
    netvm,
    baseline,
    nfs: netvm.result.cell.nfs.length,
    frames: framesOf(netvm.result.cell),
    ratio: ratioOf(netvm, baseline),
    trusted: mixed === '' && netvm.result.verdict === 'valid' && baseline.result.verdict === 'valid',
    mixed,
    coresMoved: coresApart([netvm.result, baseline.result]) !== null,
  };
}

function mixedProvenance({ result: a }: CellRow, { result: b }: CellRow): string {
  if (a.provenance === b.provenance) return '';
  return `NetVM's figure is ${a.provenance}, vhost-user's is ${b.provenance}`;
}

function ratioOf(netvm: CellRow, baseline: CellRow): Ratio | null {
  const [a, b] = [netvm.result.throughput, baseline.result.throughput];
  if (a === null || b === null || b.pps <= 0) return null;
  const [netvmFull, baselineFull] = [fillsWire(netvm), fillsWire(baseline)];
  const [own, other] = [boundsOf(netvm), boundsOf(baseline)];
  return {
    value: a.pps / b.pps,
    low: own.lowerPps / other.upperPps,
    high: own.upperPps / (other.lowerPps > 0 ? other.lowerPps : b.pps),
    atLeast: netvmFull && !baselineFull,
    bothFillWire: netvmFull && baselineFull,
  };
}
