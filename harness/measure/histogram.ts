import type { LatencySummary } from '../model/run.ts';
import { fromCounts, summarize, toHlog } from '../stats/hdr.ts';
import type { Bench } from './bench.ts';
import type { RunSink } from './sink.ts';
import type { TrialDone } from './trial.ts';

/** A latency trial that lost packets to the machine is repeated so often; then the best one stands, with its verdict. */
export const repeatsMax = 2;
/** An unpaced wire cannot carry a constant load: then one far above any device paces it, and limits nothing. */
export const widestWireBps = 1e12;

export interface LatencyTrial {
  readonly done: TrialDone;
  /** Name of the log in the archive. */
  readonly name: string;
  /** What was measured, for the log's first line. */
  readonly what: string;
  readonly startMs: number;
}

/**
 * Keeps a latency trial with its histogram, which is of the generator's last trial: before the next one starts. Null where no packet
 * came back.
 */
export async function keepLatency(
  { generatorTelemetry }: Bench,
  archive: RunSink,
  { done, name, what, startMs }: LatencyTrial,
): Promise<LatencySummary | null> {
  const histogram = fromCounts(generatorTelemetry.histogram());
  const text = toHlog(histogram, {
    startMs,
    durationMs: done.record.durationNs / 1e6,
    comments: [`Latency in ns from the intended send time: ${what}`],
  });
  const figures =
    histogram.totalCount === 0 ? null : summarize(histogram, await archive.writeLatency(name, text));
  const summary = figures && { ...figures, verdict: done.verdict };
  await archive.appendTrial({ ...done.record, latencyNs: summary });
  return summary;
}
