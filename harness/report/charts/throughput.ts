import type { Frames } from '../../model/frames.ts';
import { chainLength, chainText, dataplaneLabel, list, mpps, mppsUnit, rateUnit } from '../format.ts';
import { boundsOf, type CellRow, fillsWire, isOf, isTrusted, wirePps } from '../source.ts';
import { rateMeaning } from '../words.ts';
import { spread } from './labels.ts';
import { look, provenances } from './provenance.ts';
import { type Chart, renderChart, type Row } from './render.ts';
import { fitText } from './text.ts';

const heightPixels = 214;
const widthPixels = 268;

/** Throughput by chain length, one line a data plane, for the cells of one kind of frames. */
export function throughputChart(rows: readonly CellRow[], frames: Frames): Promise<Chart> {
  const here = rows.filter((row) => isOf(frames, row));
  const lengths = [...new Set(here.map((row) => row.result.cell.nfs.length))].sort((a, b) => a - b);
  const wires = wireRates(here, frames.sizeBytes);
  const highest = Math.max(0, ...wires, ...here.map((row) => Math.max(rate(row), boundsOf(row).upperPps)));
  const unit = rateUnit(highest);
  const yMax = highest > 0 ? (highest / unit.pps) * 1.14 : 1;
  const meaning = rateMeaning(here).replace('Mpps', unit.name);
  const point = (row: CellRow) => pointOf(row, unit.pps);
  const wireRows = wires.map((pps) => ({
    rate: pps / unit.pps,
    text: `wire's line rate ${mppsUnit(pps)}`,
  }));
  return renderChart('throughput', {
    title: `Throughput, ${frames.words}`,
    provenance: provenances(here),
    shows: meaning,
    uncertainty: uncertaintyOf(here),
    texts: { 'Mpps without loss': meaning },
    description: `Throughput, ${meaning}, by chain length, ${frames.words}`,
    datasets: {
      points: here.map(point),
      lines: lowestOfEachLength(here.filter(isTrusted)).map(point),
      ends: endLabels(here, lengths.at(-1) ?? 0, yMax, unit.pps),
      wire: wireRows,
      wireNames: apart(wireRows, (15 / heightPixels) * yMax),
    },
    params: {
      yMax,
      lengths: thinned(lengths),
      xMin: (lengths[0] ?? 0) - 0.4,
      xMax: (lengths.at(-1) ?? 1) + 0.1,
    },
  });
}

/** What the bars at the points are. */
function uncertaintyOf(rows: readonly CellRow[]): string {
  const methods = new Set(rows.map(({ result }) => result.cell.method === 'mrr'));
  return `bars: ${list([
    ...(methods.has(false) ? ['bounds of the search'] : []),
    ...(methods.has(true) ? ['lowest and highest trial'] : []),
  ])}`;
}

function wireRates(rows: readonly CellRow[], frameSizeBytes: number): number[] {
  const rates = rows.flatMap((row) => wirePps(row.source.run, frameSizeBytes) ?? []);
  return [...new Set(rates)].sort((a, b) => b - a);
}

/** Names of lines so near to each other would write over each other: the highest keeps its. */
function apart<T extends { readonly rate: number }>(rows: readonly T[], gap: number): T[] {
  const kept: T[] = [];
  for (const row of rows) if ((kept.at(-1)?.rate ?? Infinity) - row.rate >= gap) kept.push(row);
  return kept;
}

/** Numbers of an axis stay legible: one that is too near to the last is left out. */
function thinned(lengths: readonly number[]): number[] {
  const [first = 0, last = 1] = [lengths[0], lengths.at(-1)];
  const nearest = ((last - first + 0.5) * 22) / widthPixels;
  const kept: number[] = [];
  for (const length of lengths) if (length - (kept.at(-1) ?? -Infinity) >= nearest) kept.push(length);
  return kept;
}

function pointOf(row: CellRow, unitPps: number): Row {
  const { cell, throughput, verdict } = row.result;
  const { lowerPps, upperPps } = boundsOf(row);
  return {
    ...look(row),
    nfs: cell.nfs.length,
    rate: rate(row) / unitPps,
    lower: lowerPps / unitPps,
    upper: upperPps / unitPps,
    state: isTrusted(row) ? 'valid' : 'not valid',
    label:
      `${row.series}, ${chainLength(cell.nfs.length)} (${chainText(cell.nfs)}): ` +
      (throughput === null ? 'no figure' : `${mppsUnit(throughput.pps)}${boundsText(row)}`) +
      (verdict === 'valid' ? '' : `; ${verdict}`),
  };
}

function boundsText(row: CellRow): string {
  const { throughput, figures } = row.result;
  if (throughput === null) return '';
  if (figures?.method === 'mrr')
    return `, ${figures.summary.count} trials of ${mpps(figures.summary.min)} to ${mpps(figures.summary.max)}`;
  if (throughput.upperPps === null) return fillsWire(row) ? ", the wire's rate" : '';
  return `, no loss at ${mpps(throughput.lowerPps)}, loss at ${mpps(throughput.upperPps)}`;
}

/** Two chains of one length are two points; the line takes the slower, and so promises nothing. */
function lowestOfEachLength(rows: readonly CellRow[]): CellRow[] {
  const groups = Map.groupBy(rows, (row) => `${row.series}\n${row.result.cell.nfs.length}`);
  return [...groups.values()].flatMap((group) => group.toSorted((a, b) => rate(a) - rate(b))[0] ?? []);
}

/** More than that have no room beside the chart; the legend and the table have all. */
const endLabelsMax = 13;

/**
 * A line that reaches the right edge is named there; names move apart where ends meet. A line that ends earlier has
 * the page's legend only, since its name would stand among the other lines.
 */
function endLabels(rows: readonly CellRow[], nfs: number, yMax: number, unitPps: number): Row[] {
  const ends = rows.filter((row) => row.result.cell.nfs.length === nfs);
  const lowest = [...Map.groupBy(ends, (row) => row.series).values()]
    .flatMap((group) => group.toSorted((a, b) => rate(a) - rate(b))[0] ?? [])
    .toSorted((a, b) => rate(b) - rate(a))
    .slice(0, endLabelsMax);
  return spread(
    lowest.map((row) => ({ row, y: rate(row) / unitPps })),
    (15 / heightPixels) * yMax,
    yMax,
  ).map(({ row, y }) => ({ ...look(row), nfs, rate: y, text: endText(row) }));
}

/** Short: beside the chart is room for a dozen letters. */
function endText(row: CellRow): string {
  const name = dataplaneLabel(row.result.cell.dataplane);
  if (row.series === name) return isTrusted(row) ? `${name} ${mpps(rate(row))}` : name;
  const [, ...parts] = row.series.split(' · ');
  const rest = parts.filter((part) => part !== `run ${row.runNumber}`);
  const number = rest.length === parts.length ? '' : ` (${row.runNumber})`;
  return fitText(`${rest.length === 0 ? name : rest.join(' · ')}`, 100 - number.length * 8, 12) + number;
}

function rate(row: CellRow): number {
  return row.result.throughput?.pps ?? 0;
}
