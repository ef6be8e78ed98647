import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cellKey, cellWords } from '../model/cell.ts';
import type { CellResult, LatencySummary, TrialRecord } from '../model/run.ts';
import { fromHlog, summarize } from '../stats/hdr.ts';
import { repeats } from '../stats/summary.ts';
import type { SoundArchive } from './sound.ts';
import type { ArchiveProblem } from './verify.ts';

/** Of a latency log: a histogram of 25,600 counts takes some 40 kB at most. */
const hlogBytesMax = 1 << 20;

/**
 * Whether the figures of a run are those of its trials and latency logs. Sums can be mended by whoever edits a figure; whoever edits it in all three places has made up a whole run, which nobody can tell from one.
 * Runs that are not complete have trials that are in no result yet; only what is in a result is looked at.
 */
export async function disagreements(
  dir: string,
  { run, trials }: Pick<SoundArchive, 'run' | 'trials'>,
): Promise<ArchiveProblem[]> {
  const byCell = Map.groupBy(trials, ({ cell }) => cellKey(cell));
  const problems: ArchiveProblem[] = [];
  for (const result of run.results) {
    const of = byCell.get(cellKey(result.cell)) ?? [];
    const found = [
      ...figuresAgree(result, of),
      ...latenciesAgree(result, of),
      ...(await logsAgree(dir, result)),
    ];
    problems.push(
      ...found.map((what) => ({ file: 'run.json', problem: `${cellWords(result.cell)}: ${what}` })),
    );
  }
  return problems;
}

function figuresAgree(
  { cell, throughput, loads, figures, trials: count }: CellResult,
  trials: readonly TrialRecord[],
): string[] {
  const problems: string[] = [];
  if (count !== trials.length)
    problems.push(`it says ${count} trials, and trials.jsonl has ${trials.length}`);
  const isOf = (trial: TrialRecord) =>
    trial.intendedPps === loads?.intendedPps &&
    trial.offeredPps === loads.offeredPps &&
    trial.receivedPps === loads.receivedPps;
  if (loads !== null && !trials.some(isOf)) problems.push('its loads are those of no trial');
  if (figures?.method === 'mrr') {
    const rates = trials.filter(({ purpose }) => purpose === 'mrr').map(({ receivedPps }) => receivedPps);
    if (!figures.receivedPps.every((pps) => rates.includes(pps)))
      problems.push('its received rates are not those of its trials');
    const { mean } = repeats(figures.receivedPps.length === 0 ? [0] : figures.receivedPps);
    if (!isNear(mean, figures.summary.mean) || !isNear(mean, throughput?.pps ?? mean))
      problems.push('its mean is not that of its received rates');
  }
  if (
    cell.method === 'rfc2544' &&
    throughput !== null &&
    loads !== null &&
    throughput.pps !== loads.offeredPps
  )
    problems.push('its throughput is not what was offered in its trial');
  return problems;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

function latenciesAgree({ latencyNs }: CellResult, trials: readonly TrialRecord[]): string[] {
  return Object.entries(latencyNs).flatMap(([load, { hlog, p50, p99, p999, max }]) => {
    const isOf = ({ latencyNs: of }: TrialRecord) =>
      of?.hlog === hlog && of.p50 === p50 && of.p99 === p99 && of.p999 === p999 && of.max === max;
    return trials.some(isOf) ? [] : [`its latency at ${load} % is that of no trial`];
  });
}

async function logsAgree(dir: string, { latencyNs }: CellResult): Promise<string[]> {
  const problems: string[] = [];
  for (const summary of Object.values(latencyNs)) {
    const why = await logDisagrees(join(dir, summary.hlog), summary);
    if (why !== null) problems.push(`${summary.hlog} ${why}`);
  }
  return problems;
}

async function logDisagrees(
  file: string,
  { samples, p50, p99, max }: LatencySummary,
): Promise<string | null> {
  const found = await lstat(file).catch(() => null);
  if (found === null) return 'is missing';
  if (!found.isFile() || found.size > hlogBytesMax)
    return `is no plain file of at most ${hlogBytesMax} bytes`;
  const histogram = fromHlog(await readFile(file, 'utf8'));
  if (histogram === null) return 'is torn, or no latency log';
  const read = summarize(histogram, '');
  const isSame =
    read !== null && read.samples === samples && read.p50 === p50 && read.p99 === p99 && read.max === max;
  return isSame ? null : 'is not what its percentiles are of';
}
