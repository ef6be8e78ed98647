import { build, HistogramLogWriter, type Histogram } from 'hdr-histogram-js';
import type { LatencySummary } from '../model/run.ts';

export type { Histogram };

/** Sub-buckets are 2^11; each doubling adds the upper half of them. As NETVM_HDR_* in native/abi/telemetry.h. */
const halfBits = 10;
const highestNs = 10_000_000_000;
/** Length of the counts array. */
export const countsLength = 25_600;

/** Rebuilds a histogram of ns from a counts array in HdrHistogram's layout (3 digits, 1 ns to 10 s). */
export function fromCounts(counts: BigUint64Array): Histogram {
  if (counts.length !== countsLength) {
    throw new RangeError(`a latency histogram has ${countsLength} counts; got ${counts.length}`);
  }
  const histogram = emptyHistogram();
  counts.forEach((count, index) => {
    if (count > 0n) histogram.recordValueWithCount(lowestValueAt(index), Number(count));
  });
  return histogram;
}

export function emptyHistogram(): Histogram {
  return build({
    bitBucketSize: 64,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestNs,
    numberOfSignificantValueDigits: 3,
  });
}

/** The lowest value, in ns, that is counted at this index. */
export function lowestValueAt(index: number): number {
  const doubling = Math.max(0, (index >> halfBits) - 1);
  return (index - (doubling << halfBits)) * 2 ** doubling;
}

/** Fewer tagged packets make no latency (RFC 8219 section 7.2). */
export const samplesMin = 500;

/** Percentiles in ns, each the highest value equivalent to it. Null without a sample: there is no percentile of nothing. */
export function summarize(histogram: Histogram, hlog: string): LatencySummary | null {
  if (histogram.totalCount === 0) return null;
  const at = (percentile: number) => histogram.getValueAtPercentile(percentile);
  const [min, median, worst] = [at(0), at(50), at(99.9)];
  const { totalCount: samples } = histogram;
  return {
    samples,
    min,
    p50: median,
    p90: at(90),
    p99: at(99),
    p999: worst,
    max: at(100),
    hlog,
    typicalNs: median,
    worstCaseNs: worst,
    pdvNs: worst - min,
    ...(samples < samplesMin && {
      tooFew: `Only ${samples} packets were tagged; RFC 8219 section 7.2 wants at least ${samplesMin}.`,
    }),
  };
}

export interface HlogInterval {
  /** Since the epoch. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly comments: readonly string[];
}

/** HdrHistogram's log format, version 1.3, with one interval; values in ns, the interval's maximum in ms. */
export function toHlog(histogram: Histogram, interval: HlogInterval): string {
  let text = '';
  const writer = new HistogramLogWriter((chunk) => {
    text += chunk;
  });
  for (const comment of interval.comments) {
    writer.outputComment(`[${comment.replaceAll(/[\r\n]+/g, ' ')}]`);
  }
  writer.outputLogFormatVersion();
  writer.outputLegend();
  const startSec = interval.startMs / 1000;
  writer.outputIntervalHistogram(histogram, startSec, startSec + interval.durationMs / 1000, 1e6);
  return text;
}
