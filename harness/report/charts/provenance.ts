import type { CellRow } from '../source.ts';
import type { Row } from './spec.ts';

/** `measured-virtual`: where the figures of a chart come from, each named once. */
export function provenances(rows: readonly CellRow[]): string {
  return [...new Set(rows.map((row) => row.result.provenance))].join(', ') || 'no figures';
}

/** What every mark of a cell has in every chart: whose it is, and how it is drawn. An emulated one is drawn apart. */
export function look(row: CellRow): Row {
  const emulated = row.result.provenance === 'emulated';
  return {
    series: row.series,
    run: row.runNumber,
    dataplane: row.result.cell.dataplane,
    style: row.style,
    line: emulated ? 'emulated' : (dashes[(row.runNumber - 1) % dashes.length] ?? 'solid'),
    fill: emulated ? 'hollow' : 'filled',
  };
}

/** Of lines of run 1, 2, 3 ... */
const dashes = ['solid', 'dashed', 'dotted'];
