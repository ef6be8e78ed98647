import type { LatencySummary } from '../model/run.ts';
import { quantileRanks } from '../stats/quantile.ts';
import { readHistogram } from '../store/hlog.ts';
import type { CellRow } from './source.ts';

export interface Interval {
  readonly percentile: PercentileName;
  /** ns. */
  readonly low: number;
  readonly high: number;
}

export type PercentileName = 'p50' | 'p90' | 'p99' | 'p99.9';

/** How sure the percentiles of cells are at one load; a cell of which that is not known is missing. */
export type LatencyIntervals = ReadonlyMap<CellRow, readonly Interval[]>;

const quantiles = [
  ['p50', 'p50', 0.5],
  ['p90', 'p90', 0.9],
  ['p99', 'p99', 0.99],
  ['p99.9', 'p999', 0.999],
] as const satisfies readonly (readonly [PercentileName, keyof LatencySummary, number])[];

/** From the histograms in the archives; where a latency was measured several times, the range of its repetitions. */
export async function latencyIntervals(rows: readonly CellRow[], load: string): Promise<LatencyIntervals> {
  const found = new Map<CellRow, readonly Interval[]>();
  for (const row of rows) {
    const summary = row.result.latencyNs[load];
    const intervals = summary === undefined ? [] : await intervalsOf(row.source.dir, summary);
    if (intervals.length > 0) found.set(row, intervals);
  }
  return found;
}

async function intervalsOf(dir: string, summary: LatencySummary): Promise<Interval[]> {
  const { repetitions } = summary;
  if (repetitions !== undefined)
    return [...rangeOf('p50', repetitions.typicalNs), ...rangeOf('p99.9', repetitions.worstCaseNs)];
  const histogram = await readHistogram(dir, summary.hlog);
  if (histogram === null || histogram.totalCount < 1) return [];
  const samples = histogram.totalCount;
  return quantiles.flatMap(([percentile, field, q]): Interval[] => {
    // A histogram that does not say what the summary says is of something else.
    if (histogram.getValueAtPercentile(q * 100) !== summary[field]) return [];
    const ranks = quantileRanks(samples, q);
    const at = (rank: number) => histogram.getValueAtPercentile((100 * rank) / samples);
    return [{ percentile, low: at(ranks.low), high: at(ranks.high) }];
  });
}

function rangeOf(percentile: PercentileName, values: readonly number[]): Interval[] {
  return values.length < 2 ? [] : [{ percentile, low: Math.min(...values), high: Math.max(...values) }];
}

/** Two figures whose intervals meet cannot be told apart. */
export function overlaps(a: { low: number; high: number }, b: { low: number; high: number }): boolean {
  return a.low <= b.high && b.low <= a.high;
}
