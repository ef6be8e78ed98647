import type { LatencySummary } from '../model/run.ts';
import type { PlannedCell } from '../profile/plan.ts';
import type { Bench } from './bench.ts';
import type { CellContext, Offer } from './context.ts';
import { keepLatency, repeatsMax, widestWireBps } from './histogram.ts';
import type { TrialDone } from './trial.ts';

/** Latency at shares of the throughput, open loop: from the intended send time. Keys are percent. */
export async function measureLatency(
  cell: PlannedCell,
  bench: Bench,
  context: CellContext,
  throughputPps: number,
  offer: Offer,
): Promise<Record<string, LatencySummary>> {
  const { latency, lineRateBps } = context.profile;
  if (latency === null) return {};
  const changes = {
    stampEvery: latency.stampEvery,
    lineRateBps: lineRateBps === 0 ? widestWireBps : lineRateBps,
  };
  const byLoad: Record<string, LatencySummary> = {};
  for (const percent of latency.loadsPercent) {
    const load = { pps: (throughputPps * percent) / 100, durationMs: latency.durationMs };
    let best: Kept | null = null;
    for (let i = 0; i <= repeatsMax && best?.done.verdict !== 'valid'; i++) {
      const startMs = Date.now();
      const done = await offer(load, 'latency', changes);
      const kept = await keep(cell, bench, context, { done, percent, attempt: i + 1, startMs });
      if (best === null || done.verdict === 'valid' || done.lost < best.done.lost) best = kept;
      if (done.verdict === 'nf-died') return byLoad;
    }
    if (best?.summary) byLoad[String(percent)] = best.summary;
  }
  return byLoad;
}

interface Kept {
  readonly done: TrialDone;
  readonly summary: LatencySummary | null;
}

async function keep(
  cell: PlannedCell,
  bench: Bench,
  { archive }: CellContext,
  trial: { done: TrialDone; percent: number; attempt: number; startMs: number },
): Promise<Kept> {
  const { done, percent, attempt, startMs } = trial;
  const chain = cell.nfs.length;
  const summary = await keepLatency(bench, archive, {
    done,
    name: `${cell.index}-${cell.dataplane}-${chain}nf-${cell.frameSizeBytes}B-${percent}pct-${attempt}`,
    what: `${cell.dataplane}, ${chain} NFs, ${cell.frameSizeBytes} B, ${percent} % of throughput`,
    startMs,
  });
  return { done, summary };
}
