import type { LatencySummary } from '../model/run.ts';
import type { PlannedCell } from '../profile/plan.ts';
import { samplesMin } from '../stats/hdr.ts';
import type { Bench } from './bench.ts';
import type { CellContext, Offer } from './context.ts';
import { keepLatency, repeatsMax, widestWireBps } from './histogram.ts';
import type { TrialDone } from './trial.ts';

/** A packet every 100 us: none waits for another, and the device's loops are as idle as they get. */
const unloadedPps = 10_000;
/** Packets get lost, and a core may be away: more are tagged than are wanted. */
const taggedMargin = 2;

/**
 * Latency (RFC 8219 section 7.2: typical and worst case) and its variation (section 7.3.1) at shares of the throughput, open loop: from
 * the intended send time. The RFC measures at the throughput itself, for 120 s; shares of it, and 0 % for an idle device, are the
 * field's practice (CSIT), and the duration is the profile's. Keys are percent.
 */
export async function measureLatency(
  cell: PlannedCell,
  bench: Bench,
  context: CellContext,
  throughputPps: number,
  offer: Offer,
): Promise<Record<string, LatencySummary>> {
  const { latency, lineRateBps } = context.profile;
  if (latency === null) return {};
  const wireBps = lineRateBps === 0 ? widestWireBps : lineRateBps;
  const byLoad: Record<string, LatencySummary> = {};
  for (const percent of latency.loadsPercent) {
    const load = { pps: loadPps(percent, throughputPps), durationMs: latency.durationMs };
    const changes = { stampEvery: stampEveryFor(load, latency.stampEvery), lineRateBps: wireBps };
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

/** 0 % is a rate that no device notices, and never more than a hundredth of what this one can do. */
function loadPps(percent: number, throughputPps: number): number {
  return percent === 0 ? Math.min(unloadedPps, throughputPps / 100) : (throughputPps * percent) / 100;
}

/** One packet in so many, a power of two: as the profile says, or more of them where that would tag too few. */
export function stampEveryFor(
  { pps, durationMs }: { readonly pps: number; readonly durationMs: number },
  wanted: number,
): number {
  const enough = (pps * durationMs) / 1e3 / (samplesMin * taggedMargin);
  return Math.min(wanted, 2 ** Math.max(0, Math.floor(Math.log2(enough))));
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
    what: `${cell.dataplane}, ${chain} NFs, ${cell.frameSizeBytes} B, ${percent === 0 ? 'unloaded' : `${percent} % of throughput`}`,
    startMs,
  });
  return { done, summary };
}
