import type { CellRow } from '../source.ts';
import { cyclesOf, shift, type Interval } from './cycles.ts';
import { decided, isCounted, notTestable, type Judgement } from './judgement.ts';

/** What one NF more costs a packet, in cycles, from the shortest chain of a frame size to the longest. */
export interface Hop {
  readonly dataplane: string;
  readonly frameSizeBytes: number;
  readonly cycles: Interval;
  readonly rows: readonly CellRow[];
}

/** One for each data plane and frame size that has valid cells of chains of two lengths with enough trials. */
export function hopsOf(rows: readonly CellRow[]): Hop[] {
  const groups = Map.groupBy(
    rows.filter((row) => row.result.cell.nfs.length > 0 && isCounted(row)),
    ({ result: { cell } }) => `${cell.dataplane} ${cell.frameSizeBytes}`,
  );
  return [...groups.values()].flatMap((group) => {
    const sorted = group.toSorted((a, b) => a.result.cell.nfs.length - b.result.cell.nfs.length);
    const [first, last] = [sorted[0], sorted.at(-1)];
    if (first === undefined || last === undefined) return [];
    const more = last.result.cell.nfs.length - first.result.cell.nfs.length;
    const whole = more === 0 ? null : shift(cyclesOf(first), cyclesOf(last));
    if (whole === null) return [];
    const { dataplane, frameSizeBytes } = first.result.cell;
    const cycles = { value: whole.value / more, low: whole.low / more, high: whole.high / more };
    return [{ dataplane, frameSizeBytes, cycles, rows: [first, last] }];
  });
}

/**
 * Zero copy: a hop of NetVM grows less with the frame than one of vhost-user, which copies. Reproduced where that is so for every growth that the
 * intervals of both allow, not reproduced where it is so for none, and else this data cannot tell.
 */
export function judgeZeroCopy(rows: readonly CellRow[]): Judgement {
  const hops = hopsOf(rows);
  const [ours, copying] = growthsOf(hops);
  if (ours === null || copying === null)
    return notTestable(
      'It takes valid cells of chains of two lengths in small and large frames, for NetVM and for vhost-user, with six trials or more each in which the device was kept busy.',
    );
  const reason = `From ${ours.from} to ${ours.to}-byte frames a hop of NetVM gets ${text(ours.cycles)} cycles dearer, one of vhost-user, which copies, ${text(copying.cycles)}.`;
  const both = [...ours.rows, ...copying.rows];
  if (ours.cycles.high < copying.cycles.low) return decided(true, reason, both);
  if (ours.cycles.low >= copying.cycles.high) return decided(false, reason, both);
  return notTestable(`${reason} These overlap: the machine was too noisy to tell.`);
}

interface Growth {
  readonly from: number;
  readonly to: number;
  readonly cycles: Interval;
  readonly rows: readonly CellRow[];
}

/** NetVM's and vhost-user's, from the smallest to the largest frames that both have a hop of. */
function growthsOf(hops: readonly Hop[]): [Growth | null, Growth | null] {
  const of = (dataplane: string) => hops.filter((hop) => hop.dataplane === dataplane);
  const [ours, copying] = [of('netvm'), of('vhost-user')];
  return [growthOf(inSizesOf(copying, ours)), growthOf(inSizesOf(ours, copying))];
}

function inSizesOf(others: readonly Hop[], hops: readonly Hop[]): Hop[] {
  return hops.filter((hop) => others.some(({ frameSizeBytes }) => frameSizeBytes === hop.frameSizeBytes));
}

function growthOf(hops: readonly Hop[]): Growth | null {
  const own = hops.toSorted((a, b) => a.frameSizeBytes - b.frameSizeBytes);
  const [small, large] = [own[0], own.at(-1)];
  if (small === undefined || large === undefined || small === large) return null;
  const [a, b] = [small.cycles, large.cycles];
  return {
    from: small.frameSizeBytes,
    to: large.frameSizeBytes,
    // The widest that both intervals allow.
    cycles: { value: b.value - a.value, low: b.low - a.high, high: b.high - a.low },
    rows: [...small.rows, ...large.rows],
  };
}

function text({ value, low, high }: Interval): string {
  return `${Math.round(value)} (${Math.round(low)} to ${Math.round(high)})`;
}
