import { cellKey, flowEntryWords } from '../model/cell.ts';
import type { Cell } from '../model/run.ts';
import { sampleMax } from '../stats/rank-sum.ts';
import { chainLength, list, percent } from './format.ts';
import { shift } from './paper/cycles.ts';
import { boundsOf, isTrusted, type CellRow } from './source.ts';

/** What the flow table takes of a rate: a share, and between what it lies. */
interface Cost {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * What a full flow table costs each chain, in percent of the rate without it: a sentence for each size of the table. Of maximum receive rates by Hodges and
 * Lehmann, with the exact rank-sum interval of 99.5 % of the trials; of searches between their bounds.
 */
export function flowTableReading(rows: readonly CellRow[]): string[] {
  const trusted = rows.filter(isTrusted);
  const filled = trusted.filter(({ result }) => result.cell.flowEntries !== undefined);
  const groups = Map.groupBy(filled, ({ result }) => result.cell.flowEntries ?? 0);
  return [...groups].flatMap(([entries, here]) => {
    const parts = here.flatMap((row) => {
      const base = trusted.find((other) => isWithout(other, row));
      const cost = base === undefined ? null : costOf(base, row);
      return cost === null ? [] : [`${costWords(cost)} through ${chainLength(row.result.cell.nfs.length)}`];
    });
    return parts.length === 0 ? [] : [`A flow table with ${flowEntryWords(entries)} costs ${list(parts)}.`];
  });
}

function isWithout(other: CellRow, row: CellRow): boolean {
  const { flowEntries: _, ...cell } = row.result.cell;
  return other.source === row.source && cellKey(other.result.cell) === cellKey(cell satisfies Cell);
}

function costOf(base: CellRow, row: CellRow): Cost | null {
  const [rates, without] = [ratesOf(row), ratesOf(base)];
  if (rates.length > 0 && without.length > 0) {
    const logs = shift(without.map(Math.log), rates.map(Math.log));
    if (logs === null) return null;
    const share = (log: number) => 1 - Math.exp(log);
    return { value: share(logs.value), low: share(logs.high), high: share(logs.low) };
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

function costWords({ value, low, high }: Cost): string {
  const signed = (share: number) => (share < 0 ? `−${percent(-share)}` : percent(share));
  const range = `${signed(low)} to ${signed(high)}`;
  if (low <= 0 && high >= 0) return `nothing that these data show (${range})`;
  return `${signed(value)} (${range})`;
}
