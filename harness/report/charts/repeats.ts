import { chainLength, chainText } from '../format.ts';
import type { CellRow } from '../source.ts';
import { look, provenances } from './provenance.ts';
import { type Chart, renderChart, type Row } from './render.ts';
import { arrangeByChain } from './rows.ts';

/** A cell whose method repeats one measurement, and what each repetition found. */
export interface RepeatedRow {
  readonly row: CellRow;
  readonly values: readonly number[];
}

/** What a chart of repetitions is of. */
export interface RepeatedMeaning {
  readonly title: string;
  /** Without its unit: `interruption, by the packets lost`. */
  readonly shows: string;
  /** The unit for an axis up to so much, and how many of the values' own it is. */
  readonly unitOf: (highest: number) => { readonly name: string; readonly size: number };
  readonly text: (value: number) => string;
}

const rowPixels = 22;

/** Every repetition, their range and their mean, a row a data plane and chain. An axis from zero, so that lengths compare. */
export function repeatsChart(rows: readonly RepeatedRow[], meaning: RepeatedMeaning): Promise<Chart> {
  const places = arrangeByChain(rows, ({ row }) => row);
  const highest = Math.max(0, ...rows.flatMap(({ values }) => values));
  const unit = meaning.unitOf(highest);
  const axis = `${meaning.shows}, ${unit.name}`;
  const at = (row: RepeatedRow) => ({ ...look(row.row), row: places.of.get(row) ?? 0 });
  return renderChart('repeats', {
    title: meaning.title,
    provenance: provenances(rows.map(({ row }) => row)),
    shows: axis,
    uncertainty: 'rings: each repetition; line: their range; bold: their mean',
    texts: { value: axis },
    description: `${meaning.title}: ${axis}`,
    height: Math.round(places.total * rowPixels),
    datasets: {
      repeats: rows.flatMap((row) => row.values.map((value) => ({ ...at(row), value: value / unit.size }))),
      ranges: rows
        .filter(({ values }) => values.length > 0)
        .map((row) => ({ ...at(row), ...range(row, meaning, unit.size) })),
      chains: places.chains,
      headings: places.headings,
    },
    params: { rows: places.total, xMax: highest > 0 ? (highest / unit.size) * 1.06 : 1 },
  });
}

function range({ row, values }: RepeatedRow, { text }: RepeatedMeaning, size: number): Row {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const { cell, verdict, provenance } = row.result;
  const doubt = verdict === 'valid' ? '' : `; ${verdict}`;
  return {
    low: low / size,
    high: high / size,
    mean: mean / size,
    stroke: verdict !== 'valid' ? 'doubtful' : provenance === 'emulated' ? 'emulated' : 'plain',
    label: `${row.series}, ${chainLength(cell.nfs.length)} (${chainText(cell.nfs)}): ${text(mean)} on average of ${values.length}, ${text(low)} to ${text(high)}${doubt}`,
  };
}
