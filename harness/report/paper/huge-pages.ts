import { framesOf } from '../../model/frames.ts';
import { pageSizesBytes, pageSizeWords, usualPageSizeBytes } from '../../model/page-size.ts';
import { chainLength, list } from '../format.ts';
import type { CellRow } from '../source.ts';
import { cyclesOf, shift, type Interval } from './cycles.ts';
import { decided, isMeasured, notTestable, whyNone, type Judgement } from './judgement.ts';
import { pairsOf, type Pair } from './pairs.ts';

const ordinary = pageSizesBytes['4 KB'];

/** How many cycles a packet is dearer on ordinary pages than on huge ones, for a chain and frame size. */
interface PageCost {
  readonly pair: Pair;
  readonly cycles: Interval;
}

/**
 * Huge pages make it fast: reproduced where ordinary pages cost more cycles a packet in at least half of the chains and frame sizes, and less in none;
 * not reproduced where they cost more in none, or less in some. Else this data cannot tell. Pages of 1 GB are shown, and decide nothing.
 */
export function judgeHugePages(rows: readonly CellRow[]): Judgement {
  const isOn = (size: number) => (row: CellRow) => sizeOf(row) === size && isMeasured(row);
  const costs = pairsOf(rows, isOn(ordinary), isOn(usualPageSizeBytes)).flatMap((pair): PageCost[] => {
    const cycles = shift(cyclesOf(pair.other), cyclesOf(pair.ours));
    return cycles === null ? [] : [{ pair, cycles }];
  });
  if (costs.length === 0)
    return notTestable(
      whyNone(
        'pair of cells on ordinary and on huge pages',
        rows.filter(({ result }) => result.verdict !== 'valid'),
      ),
    );
  const dearer = costs.filter(({ cycles }) => cycles.low > 0);
  const cheaper = costs.filter(({ cycles }) => cycles.high < 0);
  const used = costs.flatMap(({ pair }) => [pair.ours, pair.other]);
  const reason = `${sentence(costs)}${missing(rows)}`;
  if (cheaper.length > 0 || dearer.length === 0) return decided(false, reason, used);
  if (dearer.length * 2 >= costs.length) return decided(true, reason, used);
  return notTestable(`${reason} It shows in ${dearer.length} of ${costs.length} only: too little to tell.`);
}

function sentence(costs: readonly PageCost[]): string {
  const parts = costs.map(({ pair, cycles }) => {
    const { cell } = pair.ours.result;
    return `${signed(cycles.value)} (${signed(cycles.low)} to ${signed(cycles.high)}) with ${chainLength(cell.nfs.length)} at ${framesOf(cell).short}`;
  });
  const none = costs.every(({ cycles }) => cycles.low <= 0 && cycles.high >= 0);
  return `On pages of 4 KB instead of 2 MB a packet costs so many cycles more: ${list(parts)}.${none ? ' That is no difference that this data can show.' : ''}`;
}

/** Sizes that this machine could not have, each with its reason. */
function missing(rows: readonly CellRow[]): string {
  const failed = rows.filter(({ result }) => result.verdict === 'failed' && result.reason !== null);
  const reasons = new Map(failed.map((row) => [sizeOf(row), row.result.reason]));
  return [...reasons]
    .map(([size, reason]) => ` Pages of ${pageSizeWords(size)} are not testable here: ${reason}.`)
    .join('');
}

function sizeOf({ result }: CellRow): number {
  return result.cell.hugePageSizeBytes ?? usualPageSizeBytes;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(0)}`;
}
