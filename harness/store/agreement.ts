import { isDeepStrictEqual } from 'node:util';
import { cellKey, cellWords } from '../model/cell.ts';
import type { CellResult, LatencySummary, MethodName, TrialRecord } from '../model/run.ts';
import { layer1Gbps, meanFrameBytes } from '../model/units.ts';
import { summarize } from '../stats/hdr.ts';
import { median, repeats } from '../stats/summary.ts';
import { readHistogram } from './hlog.ts';
import { isProbe } from './probes.ts';
import type { SoundArchive } from './sound.ts';
import type { ArchiveProblem } from './verify.ts';

/** Where they are a search on a paced wire, the throughput is what its best trial offered. */
const searches: readonly MethodName[] = ['rfc2544', 'tst009', 'csit-ndr', 'csit-pdr', 'quick', 'mlrsearch'];

/**
 * Whether the figures of a run are those of its trials and latency logs: `checkedFigures` says which. Sums can be mended by whoever edits a figure; whoever edits it in all three places has made up a whole run, which nobody can tell from one.
 * Runs that are not complete have trials that are in no result yet; only what is in a result is looked at.
 */
export async function disagreements(
  dir: string,
  { run, trials }: Pick<SoundArchive, 'run' | 'trials'>,
  signal?: AbortSignal,
): Promise<ArchiveProblem[]> {
  const ofCells = trials.filter((trial) => !isProbe(trial));
  const byCell = Map.groupBy(ofCells, ({ cell }) => cellKey(cell));
  const problems: ArchiveProblem[] = [];
  for (const result of run.results) {
    signal?.throwIfAborted();
    const of = byCell.get(cellKey(result.cell)) ?? [];
    const found = [
      ...countsAgree(result, of),
      ...trialAgrees(result, of),
      ...methodAgrees(result, of),
      ...throughputAgrees(result),
      ...latenciesAgree(result, of),
      ...(await logsAgree(dir, result)),
    ];
    problems.push(
      ...found.map((what) => ({ file: 'run.json', problem: `${cellWords(result.cell)}: ${what}` })),
    );
  }
  return problems;
}

function countsAgree(
  { trials: count, trialsDisturbed }: CellResult,
  trials: readonly TrialRecord[],
): string[] {
  const problems: string[] = [];
  if (count !== trials.length)
    problems.push(`it says ${count} trials, and trials.jsonl has ${trials.length}`);
  const disturbed = trials.filter(({ verdict }) => verdict === 'disturbed').length;
  if (trialsDisturbed !== disturbed)
    problems.push(`it says ${trialsDisturbed} disturbed trials, and trials.jsonl has ${disturbed}`);
  return problems;
}

/** What a result has of its best trial is all of one trial. */
function trialAgrees({ loads, books, cpu, trust }: CellResult, trials: readonly TrialRecord[]): string[] {
  if (loads === null)
    return books === null && cpu === null ? [] : ['it has books or CPU time, and no loads that they are of'];
  const alike = trials.filter(
    ({ intendedPps, offeredPps, receivedPps }) =>
      intendedPps === loads.intendedPps &&
      offeredPps === loads.offeredPps &&
      receivedPps === loads.receivedPps,
  );
  if (alike.length === 0) return ['its loads are those of no trial'];
  return Object.entries({ books, cpu, trust: trust ?? null }).flatMap(([name, value]) =>
    alike.some((trial) => isDeepStrictEqual(trial[name as 'books' | 'cpu' | 'trust'] ?? null, value))
      ? []
      : [`its ${name} are not those of the trial that its loads are of`],
  );
}

function throughputAgrees({ cell, throughput }: CellResult): string[] {
  if (throughput === null) return [];
  const { pps, gbps, lowerPps, upperPps } = throughput;
  const problems: string[] = [];
  if (!isNear(gbps, layer1Gbps(pps, meanFrameBytes(cell))))
    problems.push('its rate in Gbit/s is not that of its packet rate');
  // The lower bound is what was asked for; what a generator then offered may be less.
  if (upperPps !== null && (lowerPps > upperPps || pps > upperPps))
    problems.push('its throughput or lower bound lies above its upper bound');
  return problems;
}

function methodAgrees(
  { cell, throughput, loads, figures }: CellResult,
  trials: readonly TrialRecord[],
): string[] {
  const problems: string[] = [];
  if (figures?.method === 'mrr') {
    const rates = trials.filter(({ purpose }) => purpose === 'mrr').map(({ receivedPps }) => receivedPps);
    if (!figures.receivedPps.every((pps) => rates.includes(pps)))
      problems.push('its received rates are not those of its trials');
    const { mean } = repeats(figures.receivedPps.length === 0 ? [0] : figures.receivedPps);
    if (!isNear(mean, figures.summary.mean) || !isNear(mean, throughput?.pps ?? mean))
      problems.push('its mean is not that of its received rates');
  }
  const isSearched = searches.includes(cell.method) && trials.some(({ purpose }) => purpose === 'search');
  if (isSearched && throughput !== null && throughput.pps !== loads?.offeredPps)
    problems.push('its throughput is not what was offered in its trial');
  return problems;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/** All that a histogram says of itself. */
const percentiles = ['samples', 'min', 'p50', 'p90', 'p99', 'p999', 'max'] as const;

function isAlike(a: LatencySummary, b: LatencySummary): boolean {
  return percentiles.every((name) => a[name] === b[name]);
}

function latenciesAgree({ latencyNs }: CellResult, trials: readonly TrialRecord[]): string[] {
  const summaries = trials.flatMap((trial) => trial.latencyNs ?? []);
  return Object.entries(latencyNs).flatMap(([load, summary]) => {
    const at = `its latency at ${load} %`;
    if (!summaries.some((of) => of.hlog === summary.hlog && isAlike(of, summary)))
      return [`${at} is that of no trial`];
    return derivedAgree(summary, summaries) ? [] : [`${at} has typical or worst cases of no trials`];
  });
}

/** Of one trial its median and 99.9th percentile; of several the medians of theirs. Older runs have none. */
function derivedAgree(summary: LatencySummary, summaries: readonly LatencySummary[]): boolean {
  const { p50, p999, min, repetitions } = summary;
  const of = repetitions ?? { typicalNs: [p50], worstCaseNs: [p999], pdvNs: [p999 - min] };
  const known = {
    typicalNs: new Set(summaries.map((one) => one.p50)),
    worstCaseNs: new Set(summaries.map((one) => one.p999)),
    pdvNs: new Set(summaries.map((one) => one.p999 - one.min)),
  };
  return (['typicalNs', 'worstCaseNs', 'pdvNs'] as const).every((name) => {
    const value = summary[name];
    const isOfTrials = of[name].length > 0 && of[name].every((one) => known[name].has(one));
    return value === undefined || (isOfTrials && isNear(value, median(of[name])));
  });
}

async function logsAgree(dir: string, { latencyNs }: CellResult): Promise<string[]> {
  const problems: string[] = [];
  for (const summary of Object.values(latencyNs)) {
    const why = await logDisagrees(dir, summary);
    if (why !== null) problems.push(`${summary.hlog} ${why}`);
  }
  return problems;
}

async function logDisagrees(dir: string, summary: LatencySummary): Promise<string | null> {
  const histogram = await readHistogram(dir, summary.hlog);
  if (histogram === null) return 'is torn, or no latency log';
  const read = summarize(histogram, '');
  return read !== null && isAlike(read, summary) ? null : 'is not what its percentiles are of';
}
