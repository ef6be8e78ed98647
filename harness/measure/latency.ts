import type { LatencySummary } from '../model/run.ts';
import type { PlannedCell } from '../profile/plan.ts';
import { samplesMin } from '../stats/hdr.ts';
import { ofRepetitions } from '../stats/repetitions.ts';
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
 * the intended send time. The RFC measures at the throughput itself, for 120 s, 20 times; shares of it, and 0 % for an idle device, are
 * the field's practice (CSIT), and duration and repetitions are the profile's. Keys are percent.
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
    const trials: LatencySummary[] = [];
    for (let repetition = 1; repetition <= latency.repetitions; repetition++) {
      const { done, summary } = await best(async (attempt) => {
        const startMs = Date.now();
        const done = await offer(load, 'latency', changes);
        return keep(cell, bench, context, { done, percent, repetition, attempt, startMs });
      });
      if (done.verdict === 'nf-died') return byLoad;
      if (summary !== null) trials.push(summary);
    }
    const result = ofRepetitions(trials);
    if (result !== null) byLoad[String(percent)] = result;
  }
  return byLoad;
}

/** A disturbed trial is repeated; the one that lost the least stands. */
async function best(attempt: (number: number) => Promise<Kept>): Promise<Kept> {
  let kept = await attempt(1);
  for (let i = 1; i <= repeatsMax; i++) {
    if (kept.done.verdict === 'valid' || kept.done.verdict === 'nf-died') return kept;
    const next = await attempt(i + 1);
    const isBetter = next.done.verdict === 'valid' || next.done.lost < kept.done.lost;
    if (isBetter || next.done.verdict === 'nf-died') kept = next;
  }
  return kept;
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
  trial: { done: TrialDone; percent: number; repetition: number; attempt: number; startMs: number },
): Promise<Kept> {
  const { done, percent, repetition, attempt, startMs } = trial;
  const number = repetition === 1 ? '' : `r${repetition}-`;
  const chain = cell.nfs.length;
  const summary = await keepLatency(bench, archive, {
    done,
    name: `${cell.index}-${cell.dataplane}-${chain}nf-${cell.frameSizeBytes}B-${percent}pct-${number}${attempt}`,
    what: `${cell.dataplane}, ${chain} NFs, ${cell.frameSizeBytes} B, ${percent === 0 ? 'unloaded' : `${percent} % of throughput`}`,
    startMs,
  });
  return { done, summary };
}
