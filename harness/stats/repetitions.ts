import type { LatencySummary } from '../model/run.ts';
import { median } from './summary.ts';

/**
 * One result of several latency trials at the same load, as RFC 8219 sections 7.2 and 7.3.1 have it: typical and worst-case latency and
 * delay variation are medians of the repetitions. The other percentiles, the log and the verdict are of one of them, that with the
 * (lower) middle worst case. Null where there is none.
 */
export function ofRepetitions(trials: readonly LatencySummary[]): LatencySummary | null {
  const middle = trials.toSorted((a, b) => a.p999 - b.p999)[Math.ceil(trials.length / 2) - 1];
  if (middle === undefined || trials.length === 1) return middle ?? null;
  const typicalNs = trials.map(({ p50 }) => p50);
  const worstCaseNs = trials.map(({ p999 }) => p999);
  const pdvNs = trials.map(({ p999, min }) => p999 - min);
  return {
    ...middle,
    typicalNs: median(typicalNs),
    worstCaseNs: median(worstCaseNs),
    pdvNs: median(pdvNs),
    repetitions: { typicalNs, worstCaseNs, pdvNs },
  };
}
