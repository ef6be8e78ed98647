import { framesOf, type Frames } from '../model/frames.ts';
import { layer1Gbps, lineRatePps } from '../model/units.ts';
import type { Cell, CellResult, CellVerdict, HostFacts, Run, TrialRecord } from '../model/run.ts';
import { readFacts, readRun, readTrials } from '../store/read.ts';
import { type Style, styleOf, variantWords } from './style.ts';
import { dataplaneLabel } from './format.ts';
import { checkSums, type ArchiveProblem } from '../store/verify.ts';

/** All that a report knows of one run. */
export interface RunSource {
  readonly dir: string;
  readonly run: Run;
  readonly trials: readonly TrialRecord[];
  readonly facts: readonly HostFacts[];
  readonly problems: readonly ArchiveProblem[];
}

/** Every file is read once. What is wrong with the archive and can be read past is in `problems`. Errors: UserError (2). */
export async function readSource(dir: string): Promise<RunSource> {
  const run = await readRun(dir);
  const problems = await checkSums(dir);
  const trials = await readTrials(dir, (problem) => problems.push({ file: 'trials.jsonl', problem }));
  return { dir, run, trials, facts: await readFacts(dir), problems };
}

/** One cell, and the run it belongs to. */
export interface CellRow {
  readonly source: RunSource;
  readonly result: CellResult;
  /** Place of its run in the report, from 1. */
  readonly runNumber: number;
  /** The name of its line in a chart. */
  readonly series: string;
  /** The colour and shape of its marks. */
  readonly style: Style;
}

export function cellRows(sources: readonly RunSource[]): CellRow[] {
  const all = sources.flatMap(({ run }) => run.results.map(({ cell }) => cell));
  const names = new Map<string, readonly [string, Style]>();
  return sources.flatMap((source, index) =>
    source.run.results.map((result) => {
      // Of 2,000 cells most share theirs.
      const key = identity(result);
      const [name, style] = names.get(key) ?? [seriesName(all, result), styleOf(result.cell, all)];
      names.set(key, [name, style]);
      const series = sources.length > 1 ? `${name} · run ${index + 1}` : name;
      return { source, result, runNumber: index + 1, series, style };
    }),
  );
}

/** Its method looks for a throughput: a cell without one found none, and did not merely look for something else. */
export function hasRate({ result }: CellRow): boolean {
  return result.throughput !== null || result.figures === undefined;
}

/** Cells that are the same in this are one series. */
function identity({ cell, provenance }: CellResult): string {
  const { isolation, rest } = variantWords(cell);
  return [cell.dataplane, isolation, ...rest, cell.method, provenance, cell.nfs.length > 0].join();
}

/** Only as long as it must be to tell the lines of this report apart; what is emulated is always said. */
function seriesName(all: readonly Cell[], { cell, provenance }: CellResult): string {
  const alike = all.filter((other) => other.dataplane === cell.dataplane);
  const { isolation, rest } = variantWords(cell);
  const parts = [dataplaneLabel(cell.dataplane)];
  if (alike.some((other) => other.isolation !== isolation && other.nfs.length > 0)) parts.push(isolation);
  parts.push(...rest);
  if (alike.some((other) => other.method !== cell.method)) parts.push(cell.method);
  if (provenance === 'emulated') parts.push('emulated');
  return parts.join(' · ');
}

/** The verdict on a cell's latency at a load: of the cell, or where that is valid of the trial its percentiles are from. */
export function latencyVerdict({ result }: CellRow, load: string): CellVerdict {
  return result.verdict === 'valid' ? (result.latencyNs[load]?.verdict ?? 'valid') : result.verdict;
}

/** The kinds of frames of the report, smallest first; of one size plain ones first. */
export function framesIn(rows: readonly CellRow[]): Frames[] {
  const all = new Map(rows.map((row) => framesOf(row.result.cell)).map((frames) => [frames.key, frames]));
  return [...all.values()].sort((a, b) => a.sizeBytes - b.sizeBytes || (a.key < b.key ? -1 : 1));
}

export function isOf(frames: Frames, { result }: CellRow): boolean {
  return framesOf(result.cell).key === frames.key;
}

/** What the wire carries at this frame size; null where it was not paced, or the profile does not say. */
export function wirePps(run: Run, frameSizeBytes: number): number | null {
  const profile: unknown = run.profile;
  if (typeof profile !== 'object' || profile === null || !('lineRateBps' in profile)) return null;
  const rate = profile.lineRateBps;
  return typeof rate === 'number' && rate > 0 && Number.isFinite(rate)
    ? lineRatePps(rate, frameSizeBytes)
    : null;
}

export function wireGbps(run: Run): number | null {
  const pps = wirePps(run, 64);
  return pps === null ? null : layer1Gbps(pps, 64);
}

/** The search found no load that lost a packet, because the wire carries no more. */
export function fillsWire({ source, result }: CellRow): boolean {
  const wire = wirePps(source.run, result.cell.frameSizeBytes);
  const { throughput } = result;
  return throughput !== null && throughput.upperPps === null && wire !== null && throughput.pps > wire * 0.99;
}

/** It is valid, and has a rate. */
export function isTrusted({ result }: CellRow): boolean {
  return result.verdict === 'valid' && result.throughput !== null;
}

/**
 * How sure a rate is, packets per second: the bounds of a search (up to the wire's rate where that was reached), or the lowest and the
 * highest trial of a receive rate. Both 0 where there is no rate.
 */
export function boundsOf({ result }: CellRow): { readonly lowerPps: number; readonly upperPps: number } {
  const { throughput, figures } = result;
  if (throughput === null) return { lowerPps: 0, upperPps: 0 };
  if (figures?.method === 'mrr') return { lowerPps: figures.summary.min, upperPps: figures.summary.max };
  const { pps, lowerPps, upperPps } = throughput;
  // What was received may lie beside a load that was meant.
  return { lowerPps: Math.min(pps, lowerPps), upperPps: Math.max(pps, upperPps ?? lowerPps) };
}
