import { framesOf } from '../../model/frames.ts';
import { list, percent } from '../format.ts';
import type { CellRow } from '../source.ts';
import { cyclesOf, ratioOfCycles, type Interval } from './cycles.ts';
import { decided, isCounted, isPlainNetvm, notTestable, whyNoCycles, type Judgement } from './judgement.ts';
import { pairsOf, type Pair } from './pairs.ts';

/** By the project page's chart: NetVM 34 Gbit/s, DPDK without virtual machines 37. */
const publishedShare = 34 / 37;

interface Share {
  readonly pair: Pair;
  readonly share: Interval;
}

/**
 * What an isolated NF leaves of a bare DPDK forwarder's speed at each frame size: the inverse ratio of the cycles that a packet takes. The published share
 * is for frames whose size is not known to us, so it is reproduced where ours is as much at every size, not reproduced where it is less at every size, and
 * else not decided: as little where the intervals have it on both sides, or a size has no cells that count.
 */
export function judgeIsolation(rows: readonly CellRow[]): Judgement {
  const isOneNf = (row: CellRow) => isPlainNetvm(row) && row.result.cell.nfs.length === 1;
  const isBare = (row: CellRow) => row.result.cell.dataplane === 'forwarder';
  const all = pairsOf(rows, isOneNf, isBare, false);
  const pairs = all.filter(({ ours, other }) => isCounted(ours) && isCounted(other));
  const shares = pairs.flatMap((pair): Share[] => {
    const share = ratioOfCycles(cyclesOf(pair.ours), cyclesOf(pair.other));
    return share === null ? [] : [{ pair, share }];
  });
  if (shares.length === 0)
    return notTestable(
      whyNoCycles(
        'pair of one NF and a bare forwarder',
        pairs,
        rows.filter((row) => isOneNf(row) || isBare(row)),
      ),
    );
  const parts = shares.map(
    ({ pair, share: { value, low, high } }) =>
      `${percent(value)} (${percent(low)} to ${percent(high)}) at ${framesOf(pair.ours.result.cell).short}`,
  );
  const reason = `By the cycles that a packet takes, an NF in a process of its own does ${list(parts)} of what a bare DPDK forwarder does on the same core; published are ${percent(publishedShare)}, for frames of a size that is not known to us.`;
  if (shares.length < all.length)
    return notTestable(
      `${reason} That is ${shares.length} of ${all.length} frame sizes: the others have no valid cells with six trials each in which the device was kept busy.`,
    );
  const used = shares.flatMap(({ pair }) => [pair.ours, pair.other]);
  if (shares.every(({ share }) => share.low >= publishedShare)) return decided(true, reason, used);
  if (shares.every(({ share }) => share.high < publishedShare)) return decided(false, reason, used);
  return notTestable(`${reason} So it depends on that size, or the machine was too noisy to tell.`);
}
