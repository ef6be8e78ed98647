import { framesOf } from '../../model/frames.ts';
import { chainLength, gbps, list } from '../format.ts';
import { fillsWire, wireGbps, type CellRow } from '../source.ts';
import { decided, isPlainNetvm, isUsable, notTestable, whyNone, type Judgement } from './judgement.ts';

/** The paper's claim is about ports of so much. */
const claimedGbps = 10;

/**
 * "Up to 10 Gbit/s": reproduced where at some frame size a chain of at least `nfsMin` NFs fills a wire of 10 Gbit/s or more without loss. Not
 * reproduced where none does, and the largest frames, which are the easiest, were measured well.
 */
export function judgeLineRate(all: readonly CellRow[], nfsMin: number): Judgement {
  const rows = all.filter((row) => isPlainNetvm(row) && row.result.cell.nfs.length >= nfsMin);
  const what = `NetVM cell with ${nfsMin === 1 ? 'an NF' : `${nfsMin} or more NFs`}`;
  const usable = rows.filter(isUsable);
  if (usable.length === 0) return notTestable(whyNone(what, rows));
  const fast = usable.filter(({ source }) => (wireGbps(source.run) ?? 0) >= claimedGbps - 1e-6);
  if (fast.length === 0)
    return notTestable(`The wire carries less than ${claimedGbps} Gbit/s, or has no rate.`);
  const full = fast.filter(fillsWire);
  if (full.length > 0) return decided(true, `${fullText(full)}${slowest(fast)}`, fast);
  const largest = Math.max(...rows.map(sizeOf));
  if (!fast.some((row) => sizeOf(row) === largest))
    return notTestable(
      whyNone(
        `${what} at ${largest} bytes`,
        rows.filter((row) => sizeOf(row) === largest),
      ),
    );
  return decided(false, `No cell fills the wire.${slowest(fast)}`, fast);
}

/** By frame size the longest chain that fills the wire. */
function fullText(full: readonly CellRow[]): string {
  const bySize = [...Map.groupBy(full, sizeOf)].toSorted(([a], [b]) => a - b);
  const parts = bySize.map(([size, rows]) => {
    const nfs = Math.max(...rows.map(({ result }) => result.cell.nfs.length));
    return `${size} bytes (up to ${chainLength(nfs)})`;
  });
  return `NetVM fills the wire of ${claimedGbps} Gbit/s without loss at frames of ${list(parts)}.`;
}

function slowest(rows: readonly CellRow[]): string {
  const [worst] = rows
    .filter((row) => !fillsWire(row))
    .toSorted((a, b) => (a.result.throughput?.gbps ?? 0) - (b.result.throughput?.gbps ?? 0));
  if (worst === undefined || worst.result.throughput === null) return '';
  const { cell, throughput } = worst.result;
  return ` The least is ${gbps(throughput.gbps)} Gbit/s, ${chainLength(cell.nfs.length)} at ${framesOf(cell).short}.`;
}

function sizeOf({ result }: CellRow): number {
  return result.cell.frameSizeBytes;
}
