import type { Cell, DataplaneName, TrialRecord } from '../model/run.ts';
import { lineRatePps } from '../model/units.ts';
import { latencyFrameSizes, type Plan, type PlannedCell, type ResolvedProfile } from '../profile/plan.ts';
import { cellOf, drainMsOf, type Offer } from './context.ts';
import { offerByMethod } from './methods/index.ts';
import type { TrialDone } from './trial.ts';

/** How long a plan is expected to take, ms. */
export interface Estimate {
  /** Jitter, clock, the generator's ceiling, the wire's latency. */
  readonly beforeMs: number;
  /** Each cell of the plan, in its order. */
  readonly cellsMs: readonly number[];
  readonly totalMs: number;
}

/**
 * A machine as it was measured: virtual, 2 cores, away 5 to 8 % of the time. Fitted to runs of the shipped profiles on it: quickstart took 86 s
 * of 86 expected, latency 69 of 75, ndr-pdr 44 of 48, reset 53 of 51, soak 69 of 66, nfs 52 of 33. `run.json` keeps `estimatedMs` beside
 * `elapsedMs`, so that a drift of these figures shows.
 */
const typical = {
  jitterAndClockMs: 1_150,
  /** The probes of the cores, before a cell or after it. */
  coresMs: 60,
  /** Generator and data plane up and down, and the self-check. */
  benchMs: 700,
  /** Each NF more: a process or a microvm of its own; a virtual machine that boots, translated; behind vhost-user and on a virtual function with a DPDK of its own, one after the other. */
  nfMs: {
    ...{ netvm: 40, forwarder: 0, 'vhost-user': 700, sriov: 700, inline: 5 },
    ...{ vm: 6_000, virtio: 6_000, 'virtio-kernel': 6_000, 'virtio-tap': 6_000 },
  },
  /** Each exact flow that is put into NetVM's table. */
  flowEntryMs: 0.005,
  /** Beyond its duration and its drain: control, books, the archive's disk. */
  trialMs: 20,
  generatorPps: 20e6,
  /** Share of the time that a core is away, as the jitter probe sees it. */
  awayRatio: 0.05,
  /** A trial of all that the device can do, in which the cores are away for so long, loses a packet by that in two cases of three. */
  awayMsPerLoss: 27,
  /** What the device can do changes from trial to trial by so much: standard deviation, as a share. */
  capacityNoise: 0.06,
} as const;

/** ns of an NF's own work on a packet. */
const nfWorkNs: Readonly<Record<string, number>> & { readonly other: number } = {
  forward: 2,
  dpi: 100,
  other: 15,
};

/** So often a method is run, and the mean taken: one disturbed trial more or less changes a search's way. */
const passes = 8;

/** What a gap leaves behind drains for several times as long. */
const drainFactor = 6;

/** ns a packet costs each data plane: by itself, for each NF (the NF's own work not counted), for each byte and NF (or once, without). */
const costNs = {
  forwarder: { packet: 55, nf: 0, byte: 0.08 },
  netvm: { packet: 56, nf: 15, byte: 0.04 },
  'vhost-user': { packet: 60, nf: 130, byte: 0.2 },
  sriov: { packet: 60, nf: 70, byte: 0.02 },
  // NetVM's own thread runs the NFs.
  inline: { packet: 58, nf: 2, byte: 0.02 },
  // Translated.
  vm: { packet: 56, nf: 400, byte: 0.04 },
  virtio: { packet: 60, nf: 1_400, byte: 0.3 },
  'virtio-kernel': { packet: 60, nf: 22_000, byte: 1 },
  'virtio-tap': { packet: 60, nf: 31_000, byte: 1 },
} as const satisfies Readonly<Record<CostKind, object>>;

/** ns of a copy into another trust domain's memory: of the smallest packet. There is one at each border, and at both ends. */
const copyNs = 30;

type CostKind = DataplaneName | 'inline' | 'vm';

/** What a cell's chain costs as. */
function kindOf({ dataplane, isolation }: Cell): CostKind {
  return dataplane === 'netvm' && (isolation === 'inline' || isolation === 'vm') ? isolation : dataplane;
}

/**
 * Expected time of a plan. Each cell's method runs as it will, only that no packet moves: a modelled device on a modelled machine answers
 * its trials, and their time is added up. So a method or a search that changes changes its estimate. The same plan gives the same
 * estimate. `awayRatio` is how much of the time the machine's cores are away, 0 to 1, where that was probed: one that is starved repeats
 * most of its trials.
 */
export async function estimate(plan: Plan, awayRatio: number = typical.awayRatio): Promise<Estimate> {
  const beforeMs = typical.jitterAndClockMs + generatorMs(plan, awayRatio);
  const cellsMs: number[] = [];
  for (const cell of plan.cells) cellsMs.push(await cellMs(cell, plan.profile, awayRatio));
  return { beforeMs, cellsMs, totalMs: cellsMs.reduce((sum, ms) => sum + ms, beforeMs) };
}

/** The same without the first cells, which are measured already. */
export function withoutFirst({ beforeMs, cellsMs }: Estimate, cells: number): Estimate {
  const ahead = cellsMs.map((ms, i) => (i < cells ? 0 : ms));
  return { beforeMs, cellsMs: ahead, totalMs: ahead.reduce((sum, ms) => sum + ms, beforeMs) };
}

/**
 * What is left of a run, ms, when `done` of its steps are (the first one is what comes before the cells) and so much time has passed:
 * the rest of the estimate, stretched as the steps that are done were.
 */
export function remainingMs(
  { beforeMs, cellsMs, totalMs }: Estimate,
  done: number,
  elapsedMs: number,
): number {
  const expectedMs = done === 0 ? 0 : cellsMs.slice(0, done - 1).reduce((sum, ms) => sum + ms, beforeMs);
  const stretch = expectedMs === 0 ? 1 : elapsedMs / expectedMs;
  return (totalMs - expectedMs) * stretch;
}

function generatorMs(plan: Plan, awayRatio: number): number {
  const { generatorCeiling, latency } = plan.profile;
  const drainMs = drainMsOf(plan.profile);
  const ceilingMs = generatorCeiling.runs * trialMs(generatorCeiling.durationMs, drainMs);
  const wireMs =
    latency === null
      ? 0
      : latencyFrameSizes(plan).length * latencyMs({ ...latency, repetitions: 1 }, drainMs, awayRatio);
  return typical.benchMs + typical.coresMs + ceilingMs + wireMs;
}

async function cellMs(cell: PlannedCell, profile: ResolvedProfile, awayRatio: number): Promise<number> {
  const drainMs = drainMsOf(profile);
  let trialsMs = 0;
  for (let pass = 0; pass < passes; pass++) {
    const simulated = simulate(cell, profile, awayRatio, pass);
    await offerByMethod({ cell, profile, offer: simulated.offer });
    trialsMs += simulated.spentMs() / passes;
  }
  const upMs =
    2 * typical.coresMs +
    typical.benchMs +
    typical.nfMs[kindOf(cell)] * cell.nfs.length * (cell.instances ?? 1);
  const tableMs = (cell.flowEntries ?? 0) * typical.flowEntryMs;
  const latencyCost =
    cell.measureLatency && profile.latency !== null ? latencyMs(profile.latency, drainMs, awayRatio) : 0;
  return upMs + tableMs + trialsMs + latencyCost;
}

/** Of a disturbed latency trial there are two more at most. */
function latencyMs(
  { loadsPercent, durationMs, repetitions }: NonNullable<ResolvedProfile['latency']>,
  drainMs: number,
  awayRatio: number,
): number {
  const trials = loadsPercent.map((percent) => {
    const again = disturbedShare(durationMs, awayRatio, percent / 100);
    return 1 + again + again ** 2;
  });
  return trials.reduce((sum, count) => sum + count, 0) * repetitions * trialMs(durationMs, drainMs);
}

function trialMs(durationMs: number, drainMs: number): number {
  return durationMs + drainMs + typical.trialMs;
}

/**
 * Trials of that length that lose packets while a core is away, 0 to 1. A gap must be so long that the load fills half of the receive ring in
 * it, and longer ones are much rarer: at half of what a device can do hardly any is.
 */
function disturbedShare(durationMs: number, awayRatio: number, ofCapacity: number): number {
  const exposure = Math.min(1, ofCapacity) ** 4;
  return 1 - Math.exp((-durationMs * awayRatio * exposure) / typical.awayMsPerLoss);
}

/** A device that forwards what the model says it can, on a machine that disturbs it now and then. */
function simulate(cell: PlannedCell, profile: ResolvedProfile, awayRatio: number, pass: number) {
  const typicalPps = capacityPps(cell, profile);
  const roll = dice(cell.index * passes + pass);
  let spentMs = 0;
  const offer: Offer = (load, purpose, changes) => {
    const packetsMs = changes?.packets === undefined ? Infinity : (changes.packets / load.pps) * 1e3;
    const durationMs = Math.min(load.durationMs, packetsMs) + (changes?.thenDurationMs ?? 0);
    spentMs += trialMs(durationMs, changes?.drainMs ?? drainMsOf(profile));
    const pps = load.pps === 0 ? typicalPps : load.pps;
    const capacity = typicalPps * (1 + typical.capacityNoise * normal(roll));
    const isDisturbed = roll() < disturbedShare(durationMs, awayRatio, pps / capacity);
    const undisturbedRatio = Math.max(0, 1 - awayRatio * drainFactor);
    const trial = { pps, intendedPps: load.pps, durationMs, capacity, isDisturbed, undisturbedRatio };
    return Promise.resolve(trialOf(cell, purpose, trial));
  };
  return { offer, spentMs: () => spentMs };
}

function capacityPps(cell: PlannedCell, { lineRateBps }: ResolvedProfile): number {
  const { nfs, frameSizeBytes } = cell;
  const { packet, nf, byte } = costNs[kindOf(cell)];
  const workNs = nfs.reduce((sum, name) => sum + (nfWorkNs[name] ?? nfWorkNs.other), 0);
  const copiesNs = cell.trustDomains === undefined ? 0 : (cell.trustDomains + 1) * copyNs;
  const ns =
    copiesNs + packet + nf * nfs.length + workNs + byte * Math.max(1, nfs.length) * (frameSizeBytes - 64);
  const wirePps = lineRateBps === 0 ? Infinity : lineRatePps(lineRateBps, frameSizeBytes);
  return Math.min(1e9 / ns, typical.generatorPps, wirePps);
}

interface Simulated {
  readonly pps: number;
  readonly intendedPps: number;
  readonly durationMs: number;
  readonly capacity: number;
  readonly isDisturbed: boolean;
  readonly undisturbedRatio: number;
}

function trialOf(cell: PlannedCell, purpose: TrialRecord['purpose'], trial: Simulated): TrialDone {
  const { pps, intendedPps, durationMs, capacity, isDisturbed, undisturbedRatio } = trial;
  const seconds = durationMs / 1e3;
  const sent = Math.max(1, Math.round(pps * seconds));
  const over = Math.max(0, sent - Math.round(capacity * seconds));
  const lostInGaps = isDisturbed ? Math.ceil(sent / 1e4) : 0;
  const lost = Math.min(sent, over + lostInGaps);
  const verdict = isDisturbed && over === 0 ? 'disturbed' : 'valid';
  const receivedPps = (sent - lost) / seconds;
  const reason = verdict === 'valid' ? null : 'gaps';
  const record: TrialRecord = {
    cell: cellOf(cell),
    purpose,
    intendedPps,
    offeredPps: pps,
    receivedPps,
    durationNs: durationMs * 1e6,
    lossRatio: lost / sent,
    lostInGaps,
    verdict,
    reason,
    books: { sent, received: sent - lost, drops: {}, inFlight: 0, duplicates: 0, reordered: 0 },
    gaps: [],
    gapNs: { generator: 0, device: 0 },
    latencyNs: null,
    cpu: null,
  };
  return {
    record,
    verdict,
    reason,
    offeredPps: pps,
    receivedPps,
    sent,
    lost,
    lostInGaps,
    undisturbedRatio,
    ...noLosses,
  };
}

/** When a packet was lost matters to no one's time. */
const noLosses = { losses: [], lossesFromNs: 0, stepNs: null };

/** Nearly normal, mean 0 and standard deviation 1: the sum of twelve even ones. */
function normal(roll: () => number): number {
  return Array.from({ length: 12 }, roll).reduce((sum, value) => sum + value, -6);
}

/** The same numbers each time, 0 to below 1 (the constants are Numerical Recipes'). */
function dice(seed: number): () => number {
  let state = (seed + 1) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
