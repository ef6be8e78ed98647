import { framesOf } from '../../model/frames.ts';
import { isLackOfPages, pageSizesBytes, pageSizeWords, usualPageSizeBytes } from '../../model/page-size.ts';
import { chainLength, list } from '../format.ts';
import type { CellRow } from '../source.ts';
import { cyclesOf, shift, type Interval } from './cycles.ts';
import { decided, isCounted, notTestable, whyNoCycles, type Judgement } from './judgement.ts';
import { pairsOf, type Pair } from './pairs.ts';

const ordinary = pageSizesBytes['4 KB'];

/** How many cycles a packet is dearer on ordinary pages than on huge ones, for a chain and frame size. */
interface PageCost {
  readonly pair: Pair;
  readonly cycles: Interval;
}

/**
 * Huge pages make it fast: reproduced where ordinary pages cost more cycles a packet in at least half of the chains and frame sizes, and less in none;
 * not reproduced where they cost less in some. Else this data cannot tell: an interval that has no difference in it has others in it too. Pages of 1 GB are
 * shown, and decide nothing.
 */
export function judgeHugePages(rows: readonly CellRow[]): Judgement {
  const isOn = (size: number) => (row: CellRow) => sizeOf(row) === size;
  const [isOrdinary, isHuge] = [isOn(ordinary), isOn(usualPageSizeBytes)];
  const all = pairsOf(rows, isOrdinary, isHuge);
  const pairs = all.filter(({ ours, other }) => isCounted(ours) && isCounted(other));
  const costs = pairs.flatMap((pair): PageCost[] => {
    const cycles = shift(cyclesOf(pair.other), cyclesOf(pair.ours));
    return cycles === null ? [] : [{ pair, cycles }];
  });
  if (costs.length === 0)
    return notTestable(
      whyNoCycles(
        'pair of cells on ordinary and on huge pages',
        pairs,
        rows.filter((row) => isOrdinary(row) || isHuge(row)),
      ),
    );
  const dearer = costs.filter(({ cycles }) => cycles.low > 0);
  const cheaper = costs.filter(({ cycles }) => cycles.high < 0);
  const used = costs.flatMap(({ pair }) => [pair.ours, pair.other]);
  const reason = `${sentence(costs)}${missing(rows)}`;
  if (cheaper.length > 0) return decided(false, reason, used);
  if (dearer.length === 0) return notTestable(reason);
  if (dearer.length * 2 >= all.length) return decided(true, reason, used);
  return notTestable(`${reason} It shows in ${dearer.length} of ${all.length} only: too little to tell.`);
}

function sentence(costs: readonly PageCost[]): string {
  const parts = costs.map(({ pair, cycles }) => {
    const { cell } = pair.ours.result;
    return `${signed(cycles.value)} (${signed(cycles.low)} to ${signed(cycles.high)}) with ${chainLength(cell.nfs.length)} at ${framesOf(cell).short}`;
  });
  const none = costs.every(({ cycles }) => cycles.low <= 0 && cycles.high >= 0);
  return `On pages of 4 KB instead of 2 MB a packet costs so many cycles more: ${list(parts)}.${none ? ' That is no difference that this data can show, and none that it can rule out.' : ''}`;
}

/** Sizes that this machine could not have, each with its reason. A cell that failed of something else is listed with the cells. */
function missing(rows: readonly CellRow[]): string {
  return [...Map.groupBy(rows, sizeOf)]
    .map(([size, own]) => {
      const lacks = own.flatMap(({ result: { verdict, reason } }) =>
        verdict === 'failed' && reason !== null && isLackOfPages(reason, size) ? [reason] : [],
      );
      // Where one cell got its pages, the machine has some.
      const [reason] = lacks;
      if (reason === undefined || lacks.length < own.length) return '';
      return ` Pages of ${pageSizeWords(size)} are not testable here: ${reason}.`;
    })
    .join('');
}

function sizeOf({ result }: CellRow): number {
  return result.cell.hugePageSizeBytes ?? usualPageSizeBytes;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(0)}`;
}
