import { build, encodeIntoCompressedBase64, JsHistogram } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';
import type { CellResult } from '../../model/run.ts';
import type { Hlog } from './hlog.ts';
import type { UtiResult } from './uti-schema.ts';

type Latencies = NonNullable<Extract<UtiResult, { type: 'ndrpdr' }>['latency_forward']>;

/** Latencies at 0, 10, 50 and 90 % in whole microseconds, as the model has them: all four, or it has none. Null where a log or a load is missing. */
export function utiLatency({ latencyNs }: CellResult, logs: ReadonlyMap<string, Hlog>): Latencies | null {
  const at = (load: string) => {
    const summary = latencyNs[load];
    const intervals = summary === undefined ? undefined : logs.get(summary.hlog)?.intervals;
    return intervals === undefined || (summary?.verdict ?? 'valid') !== 'valid'
      ? null
      : inMicroseconds(intervals);
  };
  const [pdr_0, pdr_10, pdr_50, pdr_90] = [at('0'), at('10'), at('50'), at('90')];
  if (!pdr_0 || !pdr_10 || !pdr_50 || !pdr_90) return null;
  return { pdr_0, pdr_10, pdr_50, pdr_90 };
}

const highestUs = 10_000_000;

function inMicroseconds(intervals: Hlog['intervals']): Latencies['pdr_0'] | null {
  const histogram = build({
    bitBucketSize: 64,
    autoResize: false,
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestUs,
    numberOfSignificantValueDigits: 3,
  });
  let [count, sum] = [0, 0];
  for (const interval of intervals) {
    for (const { value, samples } of recorded(interval.histogram)) {
      histogram.recordValueWithCount(Math.min(highestUs, Math.round(value / 1000)), samples);
      count += samples;
      sum += samples * value;
    }
  }
  if (count === 0) return null;
  const [min, max] = [histogram.minNonZeroValue, histogram.maxValue].map(Math.round) as [number, number];
  // A greatest latency of nothing is, to the model, a generator that failed to take it.
  if (max < 1) return null;
  return {
    min: Math.min(min, max),
    avg: Math.round(sum / count / 1000),
    max,
    hdrh: encodeIntoCompressedBase64(histogram),
    unit: 'us',
  };
}

/** In ns. */
function recorded(histogram: Histogram): { readonly value: number; readonly samples: number }[] {
  if (!(histogram instanceof JsHistogram)) throw new Error('expected a histogram in JavaScript');
  const iterator = histogram.recordedValuesIterator;
  iterator.reset();
  const found: { value: number; samples: number }[] = [];
  while (iterator.hasNext()) {
    const { valueIteratedTo, countAtValueIteratedTo } = iterator.next();
    found.push({ value: histogram.medianEquivalentValue(valueIteratedTo), samples: countAtValueIteratedTo });
  }
  return found;
}
