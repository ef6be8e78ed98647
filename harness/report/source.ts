import { framesOf, type Frames } from '../model/frames.ts';
import { layer1Gbps, lineRatePps } from '../model/units.ts';
import type { CellResult, CellVerdict, HostFacts, Run, TrialRecord } from '../model/run.ts';
import { readFacts, readRun, readTrials } from '../store/read.ts';
import { verifyArchive, type ArchiveProblem } from '../store/verify.ts';

/** All that a report knows of one run. */
export interface RunSource {
  readonly dir: string;
  readonly run: Run;
  readonly trials: readonly TrialRecord[];
  readonly facts: readonly HostFacts[];
  readonly problems: readonly ArchiveProblem[];
}

export async function readSource(dir: string): Promise<RunSource> {
  const run = await readRun(dir);
  return {
    dir,
    run,
    trials: await readTrials(dir),
    facts: await readFacts(dir),
    problems: await verifyArchive(dir),
  };
}

/** One cell, and the run it belongs to. */
export interface CellRow {
  readonly source: RunSource;
  readonly result: CellResult;
  /** Place of its run in the report, from 1. */
  readonly runNumber: number;
  /** The name of its line in a chart. */
  readonly series: string;
}

export function cellRows(sources: readonly RunSource[]): CellRow[] {
  return sources.flatMap((source, index) =>
    source.run.results.map((result) => ({
      source,
      result,
      runNumber: index + 1,
      series: seriesName(sources, source, result),
    })),
  );
}

/** Its method looks for a throughput: a cell without one found none, and did not merely look for something else. */
export function hasRate({ result }: CellRow): boolean {
  return result.throughput !== null || result.figures === undefined;
}

/** Only as long as it must be to tell the lines of this report apart. */
function seriesName(sources: readonly RunSource[], source: RunSource, result: CellResult): string {
  const { dataplane, isolation, method } = result.cell;
  const alike = sources.flatMap((s) => s.run.results).filter((r) => r.cell.dataplane === dataplane);
  const parts = [dataplane === 'netvm' ? 'NetVM' : dataplane];
  if (alike.some((r) => r.cell.isolation !== isolation && r.cell.nfs.length > 0)) parts.push(isolation);
  if (alike.some((r) => r.cell.method !== method)) parts.push(method);
  if (sources.length > 1) parts.push(`run ${sources.indexOf(source) + 1}`);
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
