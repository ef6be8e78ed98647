import type { CellRow } from '../source.ts';

/** `measured-virtual`: where the figures of a chart come from, each named once. */
export function provenances(rows: readonly CellRow[]): string {
  return [...new Set(rows.map((row) => row.result.provenance))].join(', ') || 'no figures';
}
