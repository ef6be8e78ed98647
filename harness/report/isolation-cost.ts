import { cellKey } from '../model/cell.ts';
import type { Cell, Isolation } from '../model/run.ts';
import { list } from './format.ts';
import { costsOf } from './rate-cost.ts';
import { isTrusted, type CellRow } from './source.ts';

/** What is put around NFs, next to what it is compared with. */
const steps = [
  { from: 'inline', to: 'process', words: 'A process for each NF instead of none' },
  { from: 'process', to: 'microvm', words: 'A microvm for each NF instead of a process' },
  { from: 'process', to: 'vm', words: 'A virtual machine for each NF instead of a process' },
] as const satisfies readonly { from: Isolation; to: Isolation; words: string }[];

/** The price of isolation, a sentence a step, chain by chain: only of figures of one provenance. */
export function isolationReading(rows: readonly CellRow[]): string[] {
  const trusted = rows.filter(({ result }) => result.cell.dataplane === 'netvm').filter(isTrusted);
  return steps.flatMap(({ from, to, words }) => {
    const isolated = trusted
      .filter(({ result }) => result.cell.isolation === to)
      .toSorted((a, b) => a.result.cell.nfs.length - b.result.cell.nfs.length);
    const parts = costsOf(isolated, (row) => trusted.find((other) => isSameIn(from, other, row)));
    return parts.length === 0 ? [] : [`${words} costs ${list(parts)}.`];
  });
}

function isSameIn(isolation: Isolation, other: CellRow, { source, result }: CellRow): boolean {
  return (
    other.source === source &&
    other.result.provenance === result.provenance &&
    cellKey(other.result.cell) === cellKey({ ...result.cell, isolation } satisfies Cell)
  );
}
