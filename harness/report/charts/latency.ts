import type { LatencySummary } from '../../model/run.ts';
import { chainLength, chainText, duration, mppsUnit } from '../format.ts';
import type { Html } from '../markup.ts';
import { type CellRow, latencyVerdict } from '../source.ts';
import { provenances } from './provenance.ts';
import { renderChart, type Row } from './render.ts';

const percentiles = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p99.9', 'p999'],
] as const satisfies readonly (readonly [string, keyof LatencySummary])[];

/** Latency percentiles of every chain and data plane at one load and frame size; all of a report share one axis. */
export function latencyChart(rows: readonly CellRow[], frameSizeBytes: number, load: string): Promise<Html> {
  const measured = withLatency(rows);
  const here = measured
    .filter(
      (row) => row.result.cell.frameSizeBytes === frameSizeBytes && row.result.latencyNs[load] !== undefined,
    )
    .toSorted((a, b) => a.result.cell.nfs.length - b.result.cell.nfs.length);
  const decades = decadesOf(measured);
  const rowsOf = arrange(here);
  return renderChart('latency', {
    title: `${load} % of the cell's own throughput, ${frameSizeBytes}-byte frames`,
    subtitle: `${provenances(here)} · p50, p90, p99 and p99.9`,
    description: `Latency percentiles at ${load} % load, ${frameSizeBytes}-byte frames`,
    height: Math.round(rowsOf.total * rowPixels),
    datasets: {
      percentiles: here.flatMap((row) => points(row, rowsOf, load)),
      spans: here.flatMap((row) => spans(row, rowsOf, load)),
      chains: rowsOf.chains,
    },
    params: { rows: rowsOf.total, xMin: decades[0] ?? 1, xMax: decades.at(-1) ?? 10, decades },
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
  return percentiles.map(([percentile, field]) => ({
    ...common(row, places, load),
    percentile,
    ns: Math.max(1, summary[field]),
    label:
      `${row.series}, ${chainLength(row.result.cell.nfs.length)} (${chainText(row.result.cell.nfs)}), ` +
      `${load} % of ${mppsUnit(row.result.throughput?.pps ?? 0)}: ${percentile} ${duration(summary[field])}${doubt(row, load)}`,
  }));
}

function spans(row: CellRow, places: Places, load: string): Row[] {
  const summary = row.result.latencyNs[load];
  if (summary === undefined) return [];
  return [{ ...common(row, places, load), from: Math.max(1, summary.p50), to: Math.max(1, summary.p999) }];
}

function doubt(row: CellRow, load: string): string {
  const verdict = latencyVerdict(row, load);
  return verdict === 'valid' ? '' : `; ${verdict}`;
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
function decadesOf(rows: readonly CellRow[]): number[] {
  const all = rows.flatMap((row) =>
    Object.values(row.result.latencyNs).flatMap((summary) => [
      Math.max(1, summary.p50),
      Math.max(1, summary.p999),
    ]),
  );
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all))));
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}
