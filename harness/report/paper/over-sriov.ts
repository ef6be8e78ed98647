import { framesOf } from '../../model/frames.ts';
import { chainLength, list, times } from '../format.ts';
import { fillsWire, type CellRow } from '../source.ts';
import {
  decided,
  isMeasured,
  isPlainNetvm,
  isUsable,
  notTestable,
  whyNone,
  type Judgement,
} from './judgement.ts';
import { pairsOf, ratioOf, type Pair, type RatioRange } from './pairs.ts';

/** "An improvement of more than 250 %": read to the letter, 3.5 times as much. */
const strictTimes = 3.5;
/** The weaker reading: 250 % of it. It decides nothing, and is named. */
const weakTimes = 2.5;

/**
 * More than 250 % over SR-IOV: reproduced where some chain and frame size has a ratio that lies above 3.5 whatever the bounds of both searches allow, not
 * reproduced where none that counts can lie above it, and else this data cannot tell. A baseline that is emulated or modelled decides nothing, whatever
 * its ratio: it is not the speed of a NIC.
 */
export function judgeOverSriov(rows: readonly CellRow[]): Judgement {
  const baseline = rows.filter(({ result }) => (result.cell.dataplane as string) === 'sriov');
  const pairs = pairsOf(rows, isPlainNetvm, (row) => baseline.includes(row));
  if (pairs.length === 0) return notTestable(whyNone('pair of NetVM and SR-IOV', baseline));
  if (!baseline.some(isMeasured)) return notTestable(emulated(pairs));
  const usable = pairs.filter(
    ({ ours, other }) => isUsable(ours) && isUsable(other) && !bothFull({ ours, other }),
  );
  if (usable.length === 0)
    return notTestable(
      whyNone(
        'pair of NetVM and SR-IOV below line rate',
        pairs.flatMap(({ ours, other }) => [ours, other]),
      ),
    );
  const rated = usable.flatMap((pair): Rated[] => {
    const ratio = ratioOf(pair);
    return ratio === null ? [] : [{ pair, ratio }];
  });
  const [first, ...others] = rated;
  if (first === undefined) return notTestable('SR-IOV carries nothing without loss, so there is no ratio.');
  const best = others.reduce((a, b) => (b.ratio.low > a.ratio.low ? b : a), first);
  const reason = `${sentence(best)} Pairs that count: ${usable.length} of ${pairs.length}.`;
  if (best.ratio.low > strictTimes) return decided(true, reason, [best.pair.ours, best.pair.other]);
  const open = [
    ...usable.filter((pair) => ratioOf(pair) === null),
    ...rated.filter(({ ratio }) => ratio.high > strictTimes).map(({ pair }) => pair),
  ];
  if (open.length > 0)
    return notTestable(`${reason} The bounds allow more than ${strictTimes} with ${list(open.map(where))}.`);
  return decided(
    false,
    reason,
    usable.flatMap(({ ours, other }) => [ours, other]),
  );
}

interface Rated {
  readonly pair: Pair;
  readonly ratio: RatioRange;
}

function sentence({ pair, ratio: { value, low, high } }: Rated): string {
  const bounds = high === Infinity ? `${times(low)} or more` : `${times(low)} to ${times(high)}`;
  const weak =
    low > weakTimes && low <= strictTimes ? ' It is more than 250 % of SR-IOV, the weaker reading.' : '';
  return `At best NetVM carries ${times(value)} times what SR-IOV does (bounds ${bounds}; ${where(pair)}); more than ${strictTimes} are claimed.${weak}`;
}

function emulated(pairs: readonly Pair[]): string {
  const kinds = [...new Set(pairs.map(({ other }) => other.result.provenance))].join(' or ');
  return `The SR-IOV baseline is ${kinds} here: what it carries is the emulation's speed and not a NIC's, so its ratio to NetVM, whatever it is, decides nothing. It takes a NIC with virtual functions.`;
}

function bothFull({ ours, other }: Pair): boolean {
  return fillsWire(ours) && fillsWire(other);
}

function where({ ours }: Pair): string {
  const { cell } = ours.result;
  return `${chainLength(cell.nfs.length)} at ${framesOf(cell).short}`;
}
