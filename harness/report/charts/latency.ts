import type { Frames } from '../../model/frames.ts';
import type { CellVerdict, LatencySummary } from '../../model/run.ts';
import { chainLength, chainText, duration, mppsUnit } from '../format.ts';
import type { LatencyIntervals } from '../intervals.ts';
import { type CellRow, isOf, latencyVerdict, type RunSource } from '../source.ts';
import { wireAt } from '../trust.ts';
import { look, provenances } from './provenance.ts';
import { type Chart, renderChart, type Row } from './render.ts';
import { arrangeByChain, type Places } from './rows.ts';

const percentiles = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p99.9', 'p999'],
] as const satisfies readonly (readonly [string, keyof LatencySummary])[];

/** All of a report share one axis. */
export interface LatencyAxis {
  /** Powers of ten around all percentiles, ns. */
  readonly decades: readonly number[];
}

/** What one picture is of. */
export interface LatencyPanel {
  readonly frames: Frames;
  readonly load: string;
  /** How sure its percentiles are; cells of which that is not known are missing. */
  readonly intervals: LatencyIntervals;
}

/** Latency percentiles of every chain and data plane at one load and frame size, and below them of each run's wire alone. */
export function latencyChart(
  sources: readonly RunSource[],
  rows: readonly CellRow[],
  { decades }: LatencyAxis,
  { frames, load, intervals }: LatencyPanel,
): Promise<Chart> {
  const here = rows.filter((row) => isOf(frames, row) && row.result.latencyNs[load] !== undefined);
  const places = arrangeByChain(here, (row) => row);
  const wires = wireRows(sources, frames.sizeBytes, load, places.total);
  const total = places.total + (wires.length === 0 ? 0 : wires.length + 0.7);
  return renderChart('latency', {
    title: `Latency at ${load} % load, ${frames.short}`,
    provenance: provenances(here),
    shows: 'p50, p90, p99 and p99.9, packet by packet',
    uncertainty: uncertaintyOf(here, load, intervals),
    description: `Latency percentiles at ${load} % load, ${frames.words}`,
    height: Math.round(total * rowPixels),
    datasets: {
      percentiles: [
        ...here.flatMap((row) => points(row, places, load)),
        ...wires.flatMap(({ place, what, summary }) => pointsOf(place, what, summary)),
      ],
      intervals: here.flatMap((row) => bars(row, places, load, intervals)),
      spans: [
        ...here.flatMap((row) => spans(row, places, load)),
        ...wires.map(({ place, summary }) => spanOf(place, summary)),
      ],
      chains: [
        ...places.chains,
        ...(wires.length === 0
          ? []
          : [{ text: 'wire alone', row: places.total + 0.95 + (wires.length - 1) / 2 }]),
      ],
      headings: places.headings,
    },
    params: {
      rows: total,
      xMin: decades[0] ?? 1,
      xMax: decades.at(-1) ?? 10,
      // No more than have room for their names.
      decades: decades.filter((_, index) => index % Math.ceil(decades.length / 7) === 0),
    },
  });
}

export function latencyAxis(sources: readonly RunSource[], rows: readonly CellRow[]): LatencyAxis {
  const all = [
    ...rows.flatMap((row) => Object.values(row.result.latencyNs)),
    ...sources.flatMap(({ run }) => (run.generator?.wireLatencyNs ?? []).map((at) => at.latencyNs)),
  ];
  return { decades: decadesOf(all) };
}

/** What the pale bars are. */
function uncertaintyOf(rows: readonly CellRow[], load: string, intervals: LatencyIntervals): string {
  if (intervals.size === 0) return 'how sure they are is not known: the archive has no histogram of them';
  const repeated = rows.some(({ result }) => result.latencyNs[load]?.repetitions !== undefined);
  return repeated
    ? 'pale bars: range of the repetitions (p50, p99.9), else 95 % intervals'
    : 'pale bars: 95 % intervals, as if packets were independent';
}

function bars(row: CellRow, places: Places<CellRow>, load: string, intervals: LatencyIntervals): Row[] {
  return (intervals.get(row) ?? []).map(({ low, high }) => ({
    ...common(row, places, load),
    low: Math.max(1, low),
    high: Math.max(1, high),
  }));
}

export function withLatency(rows: readonly CellRow[]): CellRow[] {
  return rows.filter((row) => Object.keys(row.result.latencyNs).length > 0);
}

/** Loads at which latency was measured, percent of the found throughput, smallest first. */
export function latencyLoads(rows: readonly CellRow[]): string[] {
  const loads = new Set(rows.flatMap((row) => Object.keys(row.result.latencyNs)));
  return [...loads].sort((a, b) => Number(a) - Number(b));
}

function points(row: CellRow, places: Places<CellRow>, load: string): Row[] {
  const summary = row.result.latencyNs[load];
  if (summary === undefined) return [];
  const what =
    `${row.series}, ${chainLength(row.result.cell.nfs.length)} (${chainText(row.result.cell.nfs)}), ` +
    `${load} % of ${mppsUnit(row.result.throughput?.pps ?? 0)}`;
  return pointsOf(common(row, places, load), what, summary, latencyVerdict(row, load));
}

function pointsOf(
  place: Row,
  what: string,
  summary: LatencySummary,
  verdict: CellVerdict = summary.verdict ?? 'valid',
): Row[] {
  const doubt = verdict === 'valid' ? '' : `; ${verdict}`;
  return percentiles.map(([percentile, field]) => ({
    ...place,
    percentile,
    ns: Math.max(1, summary[field]),
    label: `${what}: ${percentile} ${duration(summary[field])}${doubt}`,
  }));
}

interface WireRow {
  readonly place: Row;
  readonly what: string;
  readonly summary: LatencySummary;
}

/** One for each run that measured its wire here, below everything else. */
function wireRows(
  sources: readonly RunSource[],
  frameSizeBytes: number,
  load: string,
  total: number,
): WireRow[] {
  return sources
    .flatMap(({ run }, index) => {
      const at = wireAt(run, frameSizeBytes, load);
      const name = sources.length > 1 ? `The wire alone, run ${index + 1}` : 'The wire alone';
      return at === undefined ? [] : [{ at, name }];
    })
    .map(({ at, name }, index) => ({
      place: {
        row: total + 0.95 + index,
        series: name,
        style: 'wire',
        fill: 'filled',
        stroke: (at.latencyNs.verdict ?? 'valid') === 'valid' ? 'plain' : 'doubtful',
        state: (at.latencyNs.verdict ?? 'valid') === 'valid' ? 'valid' : 'doubtful',
      },
      what: `${name}, ${mppsUnit(at.intendedPps)}`,
      summary: at.latencyNs,
    }));
}

function spans(row: CellRow, places: Places<CellRow>, load: string): Row[] {
  const summary = row.result.latencyNs[load];
  if (summary === undefined) return [];
  return [spanOf(common(row, places, load), summary)];
}

function spanOf(place: Row, { p50, p999 }: LatencySummary): Row {
  return { ...place, from: Math.max(1, p50), to: Math.max(1, p999) };
}

function common(row: CellRow, places: Places<CellRow>, load: string): Row {
  const isValid = latencyVerdict(row, load) === 'valid';
  const emulated = row.result.provenance === 'emulated';
  return {
    ...look(row),
    row: places.of.get(row) ?? 0,
    state: isValid ? 'valid' : 'doubtful',
    stroke: !isValid ? 'doubtful' : emulated ? 'emulated' : 'plain',
  };
}

const rowPixels = 17;

/** Powers of ten around all percentiles of the report. */
function decadesOf(summaries: readonly LatencySummary[]): number[] {
  if (summaries.length === 0) return [1, 10];
  const all = summaries.flatMap(({ p50, p999 }) => [Math.max(1, p50), Math.max(1, p999)]);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all))));
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}
