import { provenanceOf, type Accelerator, type CellResult, type LatencySummary } from '../model/run.ts';
import type { PlannedCell } from '../profile/plan.ts';
import type { TrialRequest } from '../traffic/generator.ts';
import type { Bench } from './bench.ts';
import { cellOf, drainMsOf, trafficOf, type CellContext, type Offer } from './context.ts';
import { measureLatency } from './latency.ts';
import type { Found } from './methods/found.ts';
import { measureByMethod } from './methods/index.ts';
import { checkForwards } from './self-check.ts';
import { runTrial, type TrialDone } from './trial.ts';

/** A result without what is only known when its bench is down. */
export type MeasuredCell = Omit<CellResult, 'coreRoundTripNs' | 'coreFrequencyHz'>;

/** Measures a cell on its bench: self-check, its method's figures, latency at shares of it. */
export async function measureCell(
  cell: PlannedCell,
  bench: Bench,
  context: CellContext,
): Promise<MeasuredCell> {
  const tally = { trials: 0, trialsDisturbed: 0 };
  const offer = offerTo(cell, bench, context, tally);
  await checkForwards(bench, context);
  // Packets have passed: what an NF makes only then is there too.
  const nfCosts = await bench.dataplane.nfCosts?.(context.signal);
  const { profile, signal } = context;
  const found = await measureByMethod({ cell, profile, offer, bench, signal });
  const { throughput } = found;
  const latencyNs: Record<string, LatencySummary> =
    throughput !== null && cell.measureLatency && found.verdict !== 'nf-died'
      ? await measureLatency(cell, bench, context, throughput.pps, offer)
      : {};
  return {
    ...resultOf(cell, found, context.accelerator ?? null),
    latencyNs,
    ...tally,
    ...(nfCosts !== undefined && nfCosts.length > 0 && { nfCosts }),
  };
}

/** A cell that could not be measured; why is the reason. */
export function failedCell(
  cell: PlannedCell,
  reason: string,
  accelerator: Accelerator | null = null,
): CellResult {
  return {
    cell: cellOf(cell),
    provenance: provenanceOf(cell, accelerator),
    verdict: 'failed',
    reason,
    throughput: null,
    latencyNs: {},
    loads: null,
    books: null,
    cpu: null,
    trials: 0,
    trialsDisturbed: 0,
    coreRoundTripNs: null,
    trust: null,
    coreFrequencyHz: null,
  };
}

function resultOf(
  cell: PlannedCell,
  { verdict, reason, throughput, best, goals, figures }: Found,
  accelerator: Accelerator | null,
) {
  return {
    cell: cellOf(cell),
    provenance: provenanceOf(cell, accelerator),
    verdict,
    reason,
    throughput,
    ...(goals && { goals }),
    ...(figures && { figures }),
    loads: best && {
      intendedPps: best.record.intendedPps,
      offeredPps: best.record.offeredPps,
      receivedPps: best.record.receivedPps,
    },
    books: best?.record.books ?? null,
    cpu: best?.record.cpu ?? null,
    trust: best?.record.trust ?? null,
  };
}

function offerTo(
  cell: PlannedCell,
  bench: Bench,
  { profile, progress, archive, signal }: CellContext,
  tally: { trials: number; trialsDisturbed: number },
): Offer {
  return async ({ pps, durationMs }, purpose, changes) => {
    const request: TrialRequest = {
      frameSizeBytes: cell.frameSizeBytes,
      ...trafficOf(cell, profile),
      pps,
      durationMs,
      flows: profile.flows,
      stampEvery: 64,
      lineRateBps: profile.lineRateBps,
      drainMs: drainMsOf(profile),
      ...changes,
    };
    const done = await runTrial({ ...bench, cell: cellOf(cell) }, request, purpose, signal);
    tally.trials++;
    if (done.verdict === 'disturbed') tally.trialsDisturbed++;
    progress.detail(describe(done));
    if (purpose !== 'latency') await archive.appendTrial(done.record);
    return done;
  };
}

function describe({ record, verdict, lost }: TrialDone): string {
  const load = record.intendedPps === 0 ? 'unpaced' : `${(record.intendedPps / 1e6).toFixed(2)} Mpps`;
  const what = lost === 0 ? 'no loss' : `${lost} lost`;
  return `${record.purpose} at ${load}: ${what}${verdict === 'valid' ? '' : `, ${verdict}`}`;
}
