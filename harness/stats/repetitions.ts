import type { LatencySummary } from '../model/run.ts';
import { median } from './summary.ts';

/**
 * One result of several latency trials at the same load, as RFC 8219 sections 7.2 and 7.3.1 have it: typical and worst-case latency and
 * delay variation are medians of the repetitions, of all of them. The other percentiles, the log and the verdict are of one: where most
 * are valid, of a valid one, else of one that is not; of those, that with the (lower) middle worst case. Null where there is none.
 */
export function ofRepetitions(trials: readonly LatencySummary[]): LatencySummary | null {
  const [first] = trials;
  if (first === undefined || trials.length === 1) return first ?? null;
  const valid = trials.filter(isValid);
  const most = valid.length * 2 > trials.length ? valid : trials.filter((trial) => !isValid(trial));
  const middle = most.toSorted((a, b) => a.p999 - b.p999)[Math.ceil(most.length / 2) - 1] ?? first;
  const tooFew = trials.find((trial) => trial.tooFew !== undefined)?.tooFew;
  const typicalNs = trials.map(({ p50 }) => p50);
  const worstCaseNs = trials.map(({ p999 }) => p999);
  const pdvNs = trials.map(({ p999, min }) => p999 - min);
  const verdicts = trials.map(({ verdict = 'valid' }) => verdict);
  return {
    ...middle,
    typicalNs: median(typicalNs),
    worstCaseNs: median(worstCaseNs),
    pdvNs: median(pdvNs),
    repetitions: { typicalNs, worstCaseNs, pdvNs, verdicts },
    ...(tooFew !== undefined && { tooFew }),
  };
}

function isValid({ verdict = 'valid' }: LatencySummary): boolean {
  return verdict === 'valid';
}
