import type { WireLatency } from '../model/run.ts';
import { lineRatePps } from '../model/units.ts';
import type { PlannedCell } from '../profile/plan.ts';
import type { TrialRequest } from '../traffic/generator.ts';
import type { Bench } from './bench.ts';
import { cellOf, drainMsOf, type CellContext } from './context.ts';
import { keepLatency, repeatsMax, widestWireBps } from './histogram.ts';
import { runTrial, type TrialDone } from './trial.ts';

/**
 * The latency of the wire alone, on the reflector's bench: what a device's latency has in it that is not the device's. At the
 * profile's frame sizes and loads, as shares of what the wire carries; a cell's loads are shares of its own throughput and not
 * known yet. The wire's latency hardly depends on the load, so a few loads stand for all, and cost a second or two a run.
 */
export async function measureWireLatency(
  cell: PlannedCell,
  bench: Bench,
  context: CellContext,
  of: { readonly ceilingPps: number; readonly frameSizesBytes: readonly number[] },
): Promise<WireLatency[]> {
  const { latency, lineRateBps } = context.profile;
  const { ceilingPps, frameSizesBytes } = of;
  if (latency === null) return [];
  const found: WireLatency[] = [];
  for (const frameSizeBytes of frameSizesBytes) {
    // The ceiling is in packets of 64 bytes: larger ones are copied more slowly, and the trial's verdict would say so.
    const wirePps =
      lineRateBps === 0 ? ceilingPps : Math.min(ceilingPps, lineRatePps(lineRateBps, frameSizeBytes));
    for (const loadPercent of latency.loadsPercent) {
      const intendedPps = (wirePps * loadPercent) / 100;
      const at = { frameSizeBytes, loadPercent, intendedPps };
      const latencyNs = await best({ ...cell, frameSizeBytes }, bench, context, at);
      if (latencyNs !== null) found.push({ ...at, latencyNs });
    }
  }
  return found;
}

type Place = Omit<WireLatency, 'latencyNs'>;
type Kept = { readonly done: TrialDone; readonly summary: WireLatency['latencyNs'] | null };

async function best(cell: PlannedCell, bench: Bench, context: CellContext, at: Place) {
  let kept: Kept | null = null;
  for (let attempt = 1; attempt <= 1 + repeatsMax && kept?.done.verdict !== 'valid'; attempt++) {
    const next = await once(cell, bench, context, { ...at, attempt });
    if (kept === null || next.done.verdict === 'valid' || next.done.lost < kept.done.lost) kept = next;
  }
  return kept?.summary ?? null;
}

async function once(
  cell: PlannedCell,
  bench: Bench,
  { profile, archive, progress, signal }: CellContext,
  { frameSizeBytes, loadPercent, intendedPps, attempt }: Place & { readonly attempt: number },
): Promise<Kept> {
  const { latency, lineRateBps, flows } = profile;
  if (latency === null) throw new RangeError('a profile without latency has no wire latency');
  const request: TrialRequest = {
    frameSizeBytes,
    pps: intendedPps,
    durationMs: latency.durationMs,
    flows,
    stampEvery: latency.stampEvery,
    lineRateBps: lineRateBps === 0 ? widestWireBps : lineRateBps,
    drainMs: drainMsOf(profile),
  };
  const startMs = Date.now();
  const done = await runTrial({ ...bench, cell: cellOf(cell) }, request, 'wire-latency', signal);
  const summary = await keepLatency(bench, archive, {
    done,
    name: `wire-${frameSizeBytes}B-${loadPercent}pct-${attempt}`,
    what: `the wire alone, ${frameSizeBytes} B, ${Math.round(intendedPps)} pps`,
    startMs,
  });
  progress.detail(
    `the wire alone at ${(intendedPps / 1e6).toFixed(2)} Mpps, ${frameSizeBytes} B: ${done.verdict}`,
  );
  return { done, summary };
}
