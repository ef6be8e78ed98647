import { framesOf } from '../../model/frames.ts';
import { layer1Gbps } from '../../model/units.ts';
import { provenances } from '../charts/provenance.ts';
import type { Chart } from '../charts/render.ts';
import { chainLength, dataplaneLabel, duration, gbps, list, whole } from '../format.ts';
import type { LegendEntry } from '../sections/legend.ts';
import { scalingFigures } from '../sections/scaling-figures.ts';
import { framesIn, isOf, latencyVerdict, wireGbps, type CellRow } from '../source.ts';
import type { Style } from '../style.ts';
import { dotChart, lineChart, type Dot, type LinePoint } from './chart.ts';
import { cyclesOf, spreadOf, type Interval } from './cycles.ts';
import type { Drawing } from './figures.ts';
import { hopsOf } from './hop.ts';

/** A chart and one line of it in words. */
export interface Panel {
  readonly chart: Chart;
  readonly reading: string;
  /** What its marks mean, where that is not what those of the figure's other charts do. */
  readonly legend?: readonly LegendEntry[];
}

/** The charts of a figure. What is emulated never shares one with what was measured. */
export async function draw(drawing: Drawing, all: readonly CellRow[]): Promise<Panel[]> {
  const panels: Panel[] = [];
  for (const rows of Map.groupBy(all, ({ result }) => result.provenance).values())
    panels.push(...(await drawings[drawing](rows)));
  return panels;
}

const drawings: Readonly<Record<Drawing, (rows: readonly CellRow[]) => Promise<Panel[]>>> = {
  'by-frame-size': byFrameSize,
  'by-chain': byChain,
  hops,
  'by-load': byLoad,
  cycles: cyclesByCell,
  instances,
};

async function byFrameSize(rows: readonly CellRow[]): Promise<Panel[]> {
  const bare = rows.filter(({ result }) => result.cell.nfs.length === 0);
  const panels: Panel[] = [];
  for (const [nfs, chained] of byLength(rows.filter((row) => !bare.includes(row)))) {
    const here = [...chained, ...bare].toSorted(bySize);
    const wire = here[0] === undefined ? null : wireGbps(here[0].source.run);
    const chart = await lineChart({
      title: chainLength(nfs),
      uncertainty: 'bars: bounds of the search',
      ...{ xTitle: 'frame size, bytes', yTitle: 'Gbit/s without loss', scale: 'linear', rows: here },
      points: here.map((row) => ({ ...gbpsPoint(row), x: String(row.result.cell.frameSizeBytes) })),
      ...(wire !== null && { marker: { y: wire, text: `wire's line rate ${gbps(wire)} Gbit/s` } }),
    });
    panels.push({
      chart,
      reading: lineReading(here, 'Gbit/s', (row) => framesOf(row.result.cell).short, gbpsText),
    });
  }
  return panels;
}

async function byChain(rows: readonly CellRow[]): Promise<Panel[]> {
  const panels: Panel[] = [];
  for (const frames of framesIn(rows)) {
    const here = rows.filter((row) => isOf(frames, row)).toSorted(byNfs);
    const wire = here[0] === undefined ? null : wireGbps(here[0].source.run);
    const chart = await lineChart({
      title: frames.words,
      uncertainty: 'bars: bounds of the search',
      ...{ xTitle: 'NFs in the chain', yTitle: 'Gbit/s without loss', scale: 'linear', rows: here },
      points: here.map((row) => ({ ...gbpsPoint(row), x: String(row.result.cell.nfs.length) })),
      ...(wire !== null && { marker: { y: wire, text: `wire's line rate ${gbps(wire)} Gbit/s` } }),
    });
    panels.push({
      chart,
      reading: lineReading(here, 'Gbit/s', (row) => chainLength(row.result.cell.nfs.length), gbpsText),
    });
  }
  return panels;
}

/** Cycles by chain, and out of them the hop. */
async function hops(rows: readonly CellRow[]): Promise<Panel[]> {
  const panels: Panel[] = [];
  for (const frames of framesIn(rows)) {
    const here = rows.filter((row) => isOf(frames, row)).toSorted(byNfs);
    const points = here.flatMap((row): LinePoint[] => {
      const spread = spreadOf(cyclesOf(row));
      return spread === null ? [] : [{ ...cyclesPoint(row, spread), x: String(row.result.cell.nfs.length) }];
    });
    if (points.length === 0) continue;
    const chart = await lineChart({
      title: `A packet's cycles, ${frames.words}`,
      uncertainty: 'bars: least and most of the trials',
      ...{ xTitle: 'NFs in the chain', yTitle: 'cycles a packet', scale: 'log', rows: here, points },
    });
    panels.push({
      chart,
      reading: lineReading(
        here,
        'cycles a packet',
        (row) => chainLength(row.result.cell.nfs.length),
        cyclesText,
      ),
    });
  }
  const found = hopsOf(rows);
  if (found.length === 0) return panels;
  const dots = found.map(({ dataplane, frameSizeBytes, cycles, rows: [row] }) =>
    dot(
      `${dataplaneLabel(dataplane)}, ${frameSizeBytes} B`,
      row?.style ?? 'other',
      cycles,
      'cycles for one NF more',
    ),
  );
  const chart = await dotChart({
    title: 'What one NF more costs a packet',
    provenance: provenances(found.flatMap((hop) => hop.rows)),
    ...{ uncertainty: 'lines: 99.5 % intervals', xTitle: 'cycles for one NF more', scale: 'log', dots },
  });
  const parts = found.map(
    (hop) => `${dataplaneLabel(hop.dataplane)} ${Math.round(hop.cycles.value)} at ${hop.frameSizeBytes} B`,
  );
  return [...panels, { chart, reading: `Cycles for one NF more: ${list(parts)}.` }];
}

async function byLoad(rows: readonly CellRow[]): Promise<Panel[]> {
  const panels: Panel[] = [];
  for (const [nfs, here] of byLength(rows)) {
    const points = here.flatMap(latencyPoints);
    if (points.length === 0) continue;
    const chart = await lineChart({
      title: `${chainLength(nfs)}, 64-byte frames`,
      uncertainty: 'point: median; bar: up to the 99th percentile',
      ...{
        xTitle: "load, % of the cell's own throughput",
        yTitle: 'latency, µs',
        scale: 'log',
        rows: here,
        points,
      },
    });
    const readings = here.map((row) => {
      const half = row.result.latencyNs['50'];
      return half === undefined
        ? `${row.series} has none at half load`
        : `${row.series} ${duration(half.p50)} (p99 ${duration(half.p99)})`;
    });
    panels.push({ chart, reading: `At half of the cell's own throughput: ${list(readings)}.` });
  }
  return panels;
}

function latencyPoints(row: CellRow): LinePoint[] {
  return Object.entries(row.result.latencyNs)
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([load, { p50, p99 }]) => ({
      ...{ series: row.series, style: row.style, x: load },
      ...{ y: p50 / 1e3, low: p50 / 1e3, high: p99 / 1e3 },
      isValid: latencyVerdict(row, load) === 'valid',
      label: `${row.series} at ${load} % load: median ${duration(p50)}, p99 ${duration(p99)}`,
    }));
}

async function cyclesByCell(rows: readonly CellRow[]): Promise<Panel[]> {
  const panels: Panel[] = [];
  for (const frames of framesIn(rows)) {
    const here = rows.filter((row) => isOf(frames, row)).toSorted(byNfs);
    const dots = here.flatMap((row) => {
      const spread = spreadOf(cyclesOf(row));
      return spread === null ? [] : [dot(rowName(row), row.style, spread, 'cycles a packet')];
    });
    if (dots.length === 0) continue;
    const chart = await dotChart({
      title: frames.words,
      provenance: provenances(here),
      ...{
        uncertainty: 'lines: least and most of the trials',
        xTitle: 'cycles a packet',
        scale: 'linear',
        dots,
      },
    });
    panels.push({
      chart,
      reading: `Cycles a packet: ${list(dots.map(({ row, text }) => `${row} ${text}`))}.${notShown(here)}`,
    });
  }
  return panels;
}

/** Valid cells without a point: their device waited for the generator, so that their cycles are not those of a device under load. */
function notShown(rows: readonly CellRow[]): string {
  const missing = rows.filter((row) => row.result.verdict === 'valid' && cyclesOf(row).length === 0);
  if (missing.length === 0) return '';
  return ` Not shown, since the device was busy for less than half of the time: ${list(missing.map(rowName))}.`;
}

async function instances(rows: readonly CellRow[]): Promise<Panel[]> {
  const { figures } = await scalingFigures(rows.filter(({ result }) => result.figures?.method === 'scaling'));
  return figures.map(({ chart, reading, legend }) => ({ chart, reading, legend }));
}

function rowName({ series, result }: CellRow): string {
  const { nfs } = result.cell;
  return nfs.length === 0 ? series : `${series}, ${chainLength(nfs.length)}`;
}

/** A value of ours: filled. */
export function dot(row: string, style: Style, { value, low, high }: Interval, unit: string): Dot {
  const text = value < 10 ? value.toFixed(1) : whole(value);
  const label = `${row}: ${text} ${unit} (${low.toFixed(1)} to ${high.toFixed(1)})`;
  return { row, style, value, low, high, text, isHollow: false, label };
}

function gbpsPoint(row: CellRow): Omit<LinePoint, 'x'> {
  const { throughput, cell, verdict } = row.result;
  const inGbps = (pps: number) => layer1Gbps(pps, cell.imix?.meanBytes ?? cell.frameSizeBytes);
  const y = throughput?.gbps ?? 0;
  return {
    ...{ series: row.series, style: row.style, y },
    low: throughput === null ? 0 : inGbps(throughput.lowerPps),
    high: throughput === null ? 0 : inGbps(throughput.upperPps ?? throughput.pps),
    isValid: verdict === 'valid' && throughput !== null,
    label: `${row.series}, ${chainLength(cell.nfs.length)}, ${framesOf(cell).short}: ${gbpsText(row)}; ${verdict}`,
  };
}

function cyclesPoint(row: CellRow, { value, low, high }: Interval): Omit<LinePoint, 'x'> {
  const { cell } = row.result;
  return {
    ...{ series: row.series, style: row.style, y: value, low, high, isValid: true },
    label: `${row.series}, ${chainLength(cell.nfs.length)}, ${framesOf(cell).short}: ${whole(value)} cycles a packet (${whole(low)} to ${whole(high)})`,
  };
}

function gbpsText({ result: { throughput, verdict } }: CellRow): string | null {
  return throughput === null || verdict !== 'valid' ? null : gbps(throughput.gbps);
}

function cyclesText(row: CellRow): string | null {
  const spread = spreadOf(cyclesOf(row));
  return spread === null ? null : whole(spread.value);
}

/** `NetVM 9.4 to 10.0 Gbit/s from 64 B to 1518 B`, for each line. */
function lineReading(
  rows: readonly CellRow[],
  unit: string,
  place: (row: CellRow) => string,
  text: (row: CellRow) => string | null,
): string {
  const sentences = [...Map.groupBy(rows, ({ series }) => series)].map(([series, own]) => {
    const valid = own.filter((row) => text(row) !== null);
    const [first, last] = [valid[0], valid.at(-1)];
    if (first === undefined || last === undefined) return `${series} has no valid figure.`;
    if (first === last) return `${series}: ${text(first)} ${unit} (${place(first)}).`;
    return `${series}: ${text(first)} ${unit} (${place(first)}) to ${text(last)} (${place(last)}).`;
  });
  return sentences.join(' ');
}

function byLength(rows: readonly CellRow[]): [number, CellRow[]][] {
  return [...Map.groupBy(rows, ({ result }) => result.cell.nfs.length)].toSorted(([a], [b]) => a - b);
}

function bySize(a: CellRow, b: CellRow): number {
  return a.result.cell.frameSizeBytes - b.result.cell.frameSizeBytes;
}

function byNfs(a: CellRow, b: CellRow): number {
  return a.result.cell.nfs.length - b.result.cell.nfs.length;
}
