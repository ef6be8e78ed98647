import type { Frames } from '../../model/frames.ts';
import type { CellVerdict, LatencySummary } from '../../model/run.ts';
import { chainLength, chainText, duration, mppsUnit } from '../format.ts';
import type { Html } from '../markup.ts';
import { type CellRow, isOf, latencyVerdict, type RunSource } from '../source.ts';
import { wireAt } from '../trust.ts';
import { provenances } from './provenance.ts';
import { renderChart, type Row } from './render.ts';

const percentiles = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p99.9', 'p999'],
] as const satisfies readonly (readonly [string, keyof LatencySummary])[];

/**
 * Latency percentiles of every chain and data plane at one load and frame size, and below them of each run's wire alone; all of a
 * report share one axis.
 */
export function latencyChart(
  sources: readonly RunSource[],
  rows: readonly CellRow[],
  frames: Frames,
  load: string,
): Promise<Html> {
  const measured = withLatency(rows);
  const here = measured
    .filter((row) => isOf(frames, row) && row.result.latencyNs[load] !== undefined)
    .toSorted((a, b) => a.result.cell.nfs.length - b.result.cell.nfs.length);
  const decades = decadesOf([
    ...measured.flatMap((row) => Object.values(row.result.latencyNs)),
    ...sources.flatMap(({ run }) => (run.generator?.wireLatencyNs ?? []).map((at) => at.latencyNs)),
  ]);
  const rowsOf = arrange(here);
  const wires = wireRows(sources, frames.sizeBytes, load, rowsOf);
  const total = rowsOf.total + (wires.length === 0 ? 0 : wires.length + 0.7);
  return renderChart('latency', {
    title: `${load} % of the cell's own throughput, ${frames.short}`,
    subtitle: `${provenances(here)} · p50, p90, p99 and p99.9`,
    description: `Latency percentiles at ${load} % load, ${frames.words}`,
    height: Math.round(total * rowPixels),
    datasets: {
      percentiles: [
        ...here.flatMap((row) => points(row, rowsOf, load)),
        ...wires.flatMap(({ place, what, summary }) => pointsOf(place, what, summary)),
      ],
      spans: [
        ...here.flatMap((row) => spans(row, rowsOf, load)),
        ...wires.map(({ place, summary }) => spanOf(place, summary)),
      ],
      chains: [
        ...rowsOf.chains,
        ...(wires.length === 0
          ? []
          : [{ text: 'wire alone', row: rowsOf.total + 0.95 + (wires.length - 1) / 2 }]),
      ],
    },
    params: { rows: total, xMin: decades[0] ?? 1, xMax: decades.at(-1) ?? 10, decades },
  });
}

export function withLatency(rows: readonly CellRow[]): CellRow[] {
  return rows.filter((row) => Object.keys(row.result.latencyNs).length > 0);
}

/** Loads at which latency was measured, percent of the found throughput, smallest first. */
export function latencyLoads(rows: readonly CellRow[]): string[] {
  const loads = new Set(rows.flatMap((row) => Object.keys(row.result.latencyNs)));
  return [...loads].sort((a, b) => Number(a) - Number(b));
}

function points(row: CellRow, places: Places, load: string): Row[] {
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
  { total }: Places,
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
        dataplane: 'wire',
        state: (at.latencyNs.verdict ?? 'valid') === 'valid' ? 'valid' : 'doubtful',
      },
      what: `${name}, ${mppsUnit(at.intendedPps)}`,
      summary: at.latencyNs,
    }));
}

function spans(row: CellRow, places: Places, load: string): Row[] {
  const summary = row.result.latencyNs[load];
  if (summary === undefined) return [];
  return [spanOf(common(row, places, load), summary)];
}

function spanOf(place: Row, { p50, p999 }: LatencySummary): Row {
  return { ...place, from: Math.max(1, p50), to: Math.max(1, p999) };
}

function common(row: CellRow, places: Places, load: string): Row {
  return {
    row: places.of.get(row) ?? 0,
    series: row.series,
    dataplane: row.result.cell.dataplane,
    state: latencyVerdict(row, load) === 'valid' ? 'valid' : 'doubtful',
  };
}

const rowPixels = 17;

/** Where the rows stand, counted from the top in units of one row. */
interface Places {
  readonly of: ReadonlyMap<CellRow, number>;
  readonly chains: readonly Row[];
  readonly total: number;
}

/** Chains from short to long, the data planes of a chain close together. */
function arrange(here: readonly CellRow[]): Places {
  const of = new Map<CellRow, number>();
  const chains: Row[] = [];
  let next = 0.75;
  for (const [text, cells] of Map.groupBy(here, (row) => chainName(row, here))) {
    chains.push({ text, row: next + (cells.length - 1) / 2 });
    for (const row of cells) of.set(row, next++);
    next += 0.7;
  }
  return { of, chains, total: next - 0.7 - 0.25 };
}

function chainName(row: CellRow, here: readonly CellRow[]): string {
  const chain = row.result.cell.nfs;
  const alike = here.filter((other) => other.result.cell.nfs.length === chain.length);
  return alike.every((other) => other.result.cell.nfs.join() === chain.join())
    ? chainLength(chain.length)
    : `${chain.length}: ${chain.join(', ')}`;
}

/** Powers of ten around all percentiles of the report. */
function decadesOf(summaries: readonly LatencySummary[]): number[] {
  const all = summaries.flatMap(({ p50, p999 }) => [Math.max(1, p50), Math.max(1, p999)]);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all))));
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}
