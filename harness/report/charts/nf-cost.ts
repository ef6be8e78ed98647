import { chainLength, chainText } from '../format.ts';
import type { Interval } from '../paper/cycles.ts';
import type { CellRow } from '../source.ts';
import { look, provenances } from './provenance.ts';
import { type Chart, renderChart, type Row } from './render.ts';
import { arrangeByChain } from './rows.ts';
import { fitText } from './text.ts';

/** What the NFs of one chain took: the median, the least and the most of them; above 0. */
export interface CostRow {
  readonly row: CellRow;
  readonly nfs: number;
  readonly spread: Interval;
}

export interface CostMeaning {
  readonly title: string;
  /** Without its unit: `from the request until ready`. */
  readonly shows: string;
  /** The unit of the axis, and how many of the values' own it is. */
  readonly unit: { readonly name: string; readonly size: number };
  readonly text: (value: number) => string;
}

const rowPixels = 22;

/** A bar to the median, a row a data plane and chain. It begins at a power of ten, as no logarithmic axis has a zero: ends compare, lengths do not. */
export function nfCostChart(rows: readonly CostRow[], meaning: CostMeaning): Promise<Chart> {
  const places = arrangeByChain(rows, ({ row }) => row);
  const { size, name } = meaning.unit;
  const axis = `${meaning.shows}, ${name}, log scale`;
  const ticks = decades(
    Math.min(...rows.map(({ spread }) => spread.low / size)),
    Math.max(...rows.map(({ spread }) => spread.high / size)),
  );
  const [from = 1, to = 10] = [ticks[0], ticks.at(-1)];
  return renderChart('nf-cost', {
    title: meaning.title,
    provenance: provenances(rows.map(({ row }) => row)),
    shows: axis,
    uncertainty: 'bar: median of the NFs; line: the least and the most of them',
    texts: { value: axis },
    description: `${meaning.title}: ${axis}`,
    height: Math.round(places.total * rowPixels),
    datasets: {
      costs: rows.map((row) => ({ row: places.of.get(row) ?? 0, from, ...mark(row, meaning) })),
      chains: places.chains,
      headings: places.headings,
    },
    params: { rows: places.total, xMin: from, xMax: to, ticks },
  });
}

/** Powers of ten from the last one at or below `low` to the first one above `high`. */
function decades(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.floor(Math.log10(high)) + 1);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(`1e${first + i}`));
}

function mark({ row, nfs, spread }: CostRow, { text, unit }: CostMeaning): Row {
  const { cell, verdict, provenance } = row.result;
  const range = nfs === 1 ? '' : `, ${text(spread.low)} to ${text(spread.high)} (${nfs} NFs)`;
  const doubt = verdict === 'valid' ? '' : `; ${verdict}`;
  return {
    ...look(row),
    name: fitText(row.series.replace(/^NetVM · /, ''), 330, 11),
    value: spread.value / unit.size,
    low: spread.low / unit.size,
    high: spread.high / unit.size,
    stroke: verdict !== 'valid' ? 'doubtful' : provenance === 'emulated' ? 'emulated' : 'plain',
    label: `${row.series}, ${chainLength(cell.nfs.length)} (${chainText(cell.nfs)}): ${text(spread.value)}${range}${doubt}`,
  };
}
