import type { Frames } from '../../model/frames.ts';
import { capital, chainLength, chainText, dataplaneLabel, mpps, mppsUnit } from '../format.ts';
import type { Html } from '../markup.ts';
import { type CellRow, fillsWire, isOf, wirePps } from '../source.ts';
import { rateMeaning } from '../words.ts';
import { provenances } from './provenance.ts';
import { renderChart, type Row } from './render.ts';
import { spread } from './labels.ts';

/** Throughput by chain length, one line a data plane, for the cells of one kind of frames. */
export function throughputChart(rows: readonly CellRow[], frames: Frames): Promise<Html> {
  const here = rows.filter((row) => isOf(frames, row));
  const lengths = [...new Set(here.map((row) => row.result.cell.nfs.length))].sort((a, b) => a - b);
  const wires = wireRates(here, frames.sizeBytes);
  const highest = Math.max(
    ...wires,
    ...here.map((row) => row.result.throughput?.upperPps ?? row.result.throughput?.pps ?? 0),
  );
  const yMax = highest > 0 ? (highest / 1e6) * 1.14 : 1;
  const lines = here.filter(isTrusted);
  const meaning = rateMeaning(here);
  return renderChart('throughput', {
    title: capital(frames.words),
    subtitle: `${provenances(here)} · ${meaning}; bars: bounds of the search`,
    texts: { 'Mpps without loss': meaning },
    description: `Throughput, ${meaning}, by chain length, ${frames.words}`,
    datasets: {
      points: here.map(point),
      lines: lowestOfEachLength(lines).map(point),
      ends: endLabels(here, lengths.at(-1) ?? 0, yMax),
      wire: wires.map((pps) => ({ mpps: pps / 1e6, text: `wire's line rate ${mppsUnit(pps)}` })),
    },
    params: { yMax, lengths, xMin: (lengths[0] ?? 0) - 0.4, xMax: (lengths.at(-1) ?? 1) + 0.1 },
  });
}

function wireRates(rows: readonly CellRow[], frameSizeBytes: number): number[] {
  const rates = rows.flatMap((row) => wirePps(row.source.run, frameSizeBytes) ?? []);
  return [...new Set(rates)];
}

function point(row: CellRow): Row {
  const { cell, throughput, verdict } = row.result;
  const lower = throughput?.lowerPps ?? 0;
  return {
    series: row.series,
    run: row.runNumber,
    dataplane: cell.dataplane,
    nfs: cell.nfs.length,
    mpps: (throughput?.pps ?? 0) / 1e6,
    lowerMpps: lower / 1e6,
    upperMpps: (throughput?.upperPps ?? throughput?.pps ?? 0) / 1e6,
    state: isTrusted(row) ? 'valid' : 'not valid',
    label:
      `${row.series}, ${chainLength(cell.nfs.length)} (${chainText(cell.nfs)}): ` +
      (throughput === null ? 'no figure' : `${mppsUnit(throughput.pps)}${bounds(row)}`) +
      (verdict === 'valid' ? '' : `; ${verdict}`),
  };
}

function bounds(row: CellRow): string {
  const { throughput } = row.result;
  if (throughput === null) return '';
  if (throughput.upperPps === null) return fillsWire(row) ? ", the wire's rate" : '';
  return `, no loss at ${mpps(throughput.lowerPps)}, loss at ${mpps(throughput.upperPps)}`;
}

function isTrusted(row: CellRow): boolean {
  return row.result.verdict === 'valid' && row.result.throughput !== null;
}

/** Two chains of one length are two points; the line takes the slower, and so promises nothing. */
function lowestOfEachLength(rows: readonly CellRow[]): CellRow[] {
  const groups = Map.groupBy(rows, (row) => `${row.series}\n${row.result.cell.nfs.length}`);
  return [...groups.values()].flatMap((group) => group.toSorted((a, b) => rate(a) - rate(b))[0] ?? []);
}

/**
 * A line that reaches the right edge is named there; names move apart where ends meet. A line that ends earlier has
 * the page's legend only, since its name would stand among the other lines.
 */
function endLabels(rows: readonly CellRow[], nfs: number, yMax: number): Row[] {
  const heightPixels = 214;
  const ends = rows.filter((row) => row.result.cell.nfs.length === nfs);
  const lowest = [...Map.groupBy(ends, (row) => row.series).values()].flatMap(
    (group) => group.toSorted((a, b) => rate(a) - rate(b))[0] ?? [],
  );
  return spread(
    lowest.map((row) => ({ row, y: rate(row) / 1e6 })),
    (15 / heightPixels) * yMax,
    yMax,
  ).map(({ row, y }) => ({
    nfs,
    mpps: y,
    dataplane: row.result.cell.dataplane,
    text: endText(row),
  }));
}

/** Short: beside the chart is room for a dozen letters. */
function endText(row: CellRow): string {
  const name = dataplaneLabel(row.result.cell.dataplane);
  if (row.series === name) return isTrusted(row) ? `${name} ${mpps(rate(row))}` : name;
  if (row.series === `${name} · run ${row.runNumber}`) return `${name} (${row.runNumber})`;
  return row.series.length > 13 ? `${row.series.slice(0, 12)}…` : row.series;
}

function rate(row: CellRow): number {
  return row.result.throughput?.pps ?? 0;
}
