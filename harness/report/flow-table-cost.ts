import { cellKey, flowEntryWords } from '../model/cell.ts';
import type { Cell } from '../model/run.ts';
import { list } from './format.ts';
import { costsOf } from './rate-cost.ts';
import { isTrusted, type CellRow } from './source.ts';

/**
 * What a full flow table costs each chain, in percent of the rate without it: a sentence for each size of the table.
 */
export function flowTableReading(rows: readonly CellRow[]): string[] {
  const trusted = rows.filter(isTrusted);
  const filled = trusted.filter(({ result }) => result.cell.flowEntries !== undefined);
  const groups = Map.groupBy(filled, ({ result }) => result.cell.flowEntries ?? 0);
  return [...groups].flatMap(([entries, here]) => {
    const parts = costsOf(here, (row) => trusted.find((other) => isWithout(other, row)));
    return parts.length === 0 ? [] : [`A flow table with ${flowEntryWords(entries)} costs ${list(parts)}.`];
  });
}

function isWithout(other: CellRow, row: CellRow): boolean {
  const { flowEntries: _, ...cell } = row.result.cell;
  return other.source === row.source && cellKey(other.result.cell) === cellKey(cell satisfies Cell);
}
