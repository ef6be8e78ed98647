import type { GeneratorInfo } from '../model/run.ts';
import type { Plan, PlannedCell } from '../profile/plan.ts';
import { median } from '../stats/summary.ts';
import type { Bench } from './bench.ts';
import { cellOf, drainMsOf, type CellContext } from './context.ts';
import { checkForwards } from './self-check.ts';
import { runTrial } from './trial.ts';

/** The generator's reflector: netvmd with an empty chain, which hands each buffer back without looking into it. */
export function reflectorCell(plan: Plan): PlannedCell {
  return {
    index: -1,
    dataplane: 'forwarder',
    isolation: 'none',
    nfs: [],
    frameSizeBytes: 64,
    method: plan.profile.method.name,
    measureLatency: false,
  };
}

/**
 * What the generator itself can send and get back, at 64 bytes and any pace: no result above it means anything. The median,
 * since one run shows the machine as much as the generator.
 */
export async function measureCeiling(
  cell: PlannedCell,
  bench: Bench,
  context: CellContext,
): Promise<Omit<GeneratorInfo, 'coreRoundTripNs' | 'wireLatencyNs'>> {
  const { profile, archive, progress, signal } = context;
  const { runs, durationMs } = profile.generatorCeiling;
  await checkForwards(bench, context);
  const ceilingRunsPps: number[] = [];
  for (let i = 0; i < runs; i++) {
    const request = {
      frameSizeBytes: cell.frameSizeBytes,
      pps: 0,
      durationMs,
      flows: profile.flows,
      stampEvery: 64,
      lineRateBps: 0,
      drainMs: drainMsOf(profile),
    };
    const { record } = await runTrial({ ...bench, cell: cellOf(cell) }, request, 'ceiling', signal);
    await archive.appendTrial(record);
    ceilingRunsPps.push(record.receivedPps);
    progress.detail(`ceiling: ${(record.receivedPps / 1e6).toFixed(2)} Mpps`);
  }
  const { name, version, can } = bench.generator;
  return { name, version, can, ceilingPps: median(ceilingRunsPps), ceilingRunsPps };
}
