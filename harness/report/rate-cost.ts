import { cellKey } from '../model/cell.ts';
import { sampleMax } from '../stats/rank-sum.ts';
import { chainLength, percent } from './format.ts';
import { ratioOfCycles, type Interval } from './paper/cycles.ts';
import { boundsOf, type CellRow } from './source.ts';

/** A share of a rate, and between what it lies. */
type Cost = Interval;

/** What each row costs next to its base, chain by chain, as parts of a sentence; of those that have no base, nothing. */
export function costsOf(rows: readonly CellRow[], baseOf: (row: CellRow) => CellRow | undefined): string[] {
  return rows.flatMap((row) => {
    const base = baseOf(row);
    const cost = base === undefined ? null : costOf(base, row);
    return cost === null ? [] : [`${costWords(cost)} through ${chainLength(row.result.cell.nfs.length)}`];
  });
}

/**
 * What `row` has less than `base`. Of maximum receive rates by Hodges and Lehmann, with the exact rank-sum interval of 99.5 % of the trials; of searches
 * between their bounds. Null where there are too few trials, or the base carries nothing.
 */
function costOf(base: CellRow, row: CellRow): Cost | null {
  const [rates, without] = [ratesOf(row), ratesOf(base)];
  if (rates.length > 0 && without.length > 0) {
    const ratio = ratioOfCycles(without, rates);
    return ratio === null ? null : { value: 1 - ratio.value, low: 1 - ratio.high, high: 1 - ratio.low };
  }
  const [own, other] = [boundsOf(row), boundsOf(base)];
  const [pps, basePps] = [row.result.throughput?.pps ?? 0, base.result.throughput?.pps ?? 0];
  if (other.lowerPps <= 0 || basePps <= 0) return null;
  const high = 1 - own.lowerPps / other.upperPps;
  return { value: 1 - pps / basePps, low: 1 - own.upperPps / other.lowerPps, high };
}

/** Of what was received of a full wire; none where a search found the rate. */
function ratesOf({ source, result: { cell } }: CellRow): readonly number[] {
  const key = cellKey(cell);
  return source.trials
    .filter((trial) => trial.purpose === 'mrr' && trial.verdict === 'valid' && cellKey(trial.cell) === key)
    .map(({ receivedPps }) => receivedPps)
    .filter((pps) => pps > 0)
    .slice(0, sampleMax);
}

/** `33.0 % (31.0 % to 35.0 %)`, or that it is nothing that shows. */
function costWords({ value, low, high }: Cost): string {
  const signed = (share: number) => (share < 0 ? `−${percent(-share)}` : percent(share));
  const range = `${signed(low)} to ${signed(high)}`;
  if (low <= 0 && high >= 0) return `nothing that these data show (${range})`;
  return `${signed(value)} (${range})`;
}
