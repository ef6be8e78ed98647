import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GoalFigures, HostFacts, LatencySummary, Run } from '../../model/run.ts';
import { emptyHistogram, toHlog } from '../../stats/hdr.ts';
import { createArchive } from '../../store/archive.ts';
import { syntheticFacts, syntheticRun, syntheticTrials } from '../../store/fixture.ts';
import { syntheticMethodsRun } from '../../store/figures.fixture.ts';

export interface ArchiveParts {
  readonly run?: Run;
  readonly facts?: readonly HostFacts[];
  /** By their names. */
  readonly logs?: Readonly<Record<string, string>>;
}

/** Writes a made-up archive into a temporary directory of its own; returns its path. */
export async function writeArchive({
  run = syntheticRun(),
  facts = syntheticFacts(),
  logs = {},
}: ArchiveParts = {}): Promise<string> {
  const dir = join(
    await mkdtemp(join(tmpdir(), 'netvm-export-')),
    run.id.replaceAll(/[^a-z0-9-]/gi, '_').slice(0, 50),
  );
  const archive = await createArchive(dir);
  await archive.writeFacts(facts);
  for (const trial of syntheticTrials(run)) await archive.appendTrial(trial);
  for (const [name, text] of Object.entries(logs)) await archive.writeLatency(name, text);
  await archive.log({ level: 'info', message: 'synthetic' });
  await archive.saveRun(run);
  await archive.finish();
  return dir;
}

/** 1,000 packets at each of these latencies, ns, in a log as a run keeps it. */
export function logOf(latenciesNs: readonly number[]): string {
  const histogram = emptyHistogram();
  for (const ns of latenciesNs) histogram.recordValueWithCount(ns, 1_000);
  return toHlog(histogram, { startMs: 1_000_000_000_500, durationMs: 250, comments: ['netvm, 64 B'] });
}

const goalOf = (lossRatio: number, exceedRatio: number) => ({
  lossRatio,
  exceedRatio,
  initialTrialDurationMs: 100,
  finalTrialDurationMs: 100,
  durationSumMs: 2_100,
  widthRatio: 0.005,
});

export function goalFound(lossRatio: number, pps: number, exceedRatio = 0.5): GoalFigures {
  return {
    goal: goalOf(lossRatio, exceedRatio),
    isRegular: true,
    relevantLowerPps: pps * 1.001,
    relevantUpperPps: pps * 1.006,
    conditionalThroughputPps: pps,
    verdict: 'valid',
    reason: null,
  };
}

/** The first cell of the usual run alone, which is valid, with these goals. */
export function searchRun(
  goals: readonly GoalFigures[],
  latencyNs: Readonly<Record<string, LatencySummary>> = {},
): Run {
  const run = syntheticRun();
  return { ...run, results: run.results.slice(0, 1).map((result) => ({ ...result, goals, latencyNs })) };
}

/** One cell of every method that has figures of its own, and those of a search. */
export function methodsRun(): Run {
  return syntheticMethodsRun();
}
