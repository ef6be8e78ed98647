import { openTelemetry, type Counters, type Telemetry } from '../native/telemetry.ts';
import { sampleChains, type ChainReadings, type ChainSample } from './chains.ts';
import { cpuNs, findPrograms, type RunningProgram } from './find.ts';
import { readNetvmds, type NfReading } from './netvmd.ts';

/** What a program did between two looks. */
export interface ProgramSample {
  readonly runId: string;
  readonly program: string;
  readonly pid: number;
  readonly cores: string;
  /** Place of an NF in its data plane, else null. */
  readonly slot: number | null;
  /** Services that an NF of netvmd is an instance of. */
  readonly services: readonly string[];
  /** Share of a core's time that it ran, as the kernel accounts it: 1 is a whole core. */
  readonly cpuRatio: number | null;
  /** Packets per second that came in and left; null where it does not count them. */
  readonly rxPps: number | null;
  readonly txPps: number | null;
  /** Packets that it holds now, by place. */
  readonly inFlight: Readonly<Record<string, number>>;
  /** Every drop counter that is not zero. */
  readonly drops: readonly DropSample[];
  /** Packets that wait for it; null where that is not known. */
  readonly ringDepth: number | null;
  readonly ringEntries: number | null;
  /** Why something is not known: one sentence. */
  readonly fault: string | null;
}

export interface DropSample {
  readonly name: string;
  /** Null where it is not known. */
  readonly pps: number | null;
  readonly packets: number;
}

export interface TopSample {
  readonly schema: 'top/1';
  readonly takenAt: string;
  /** Between the two looks. */
  readonly durationMs: number;
  readonly programs: readonly ProgramSample[];
  /** Of every netvmd. */
  readonly chains: readonly ChainSample[];
}

interface Watched {
  readonly program: RunningProgram;
  readonly telemetry: Telemetry | null;
  readonly fault: string | null;
  last: Reading;
}

interface Reading {
  readonly atMs: number;
  readonly cpuNs: number | null;
  readonly counters: Counters;
  /** Null before netvmd was asked, and where it has nothing to say of this program. */
  readonly nf: NfReading | null;
}

/** Looks at the programs of all runs again and again. Reads only; a program of ours never knows. */
export interface Watch {
  /** What they have done since the last look, or since they were first seen. */
  sample(): Promise<TopSample>;
  close(): void;
}

export function watchPrograms(runRoot: string): Watch {
  const watched = new Map<string, Watched>();
  let lastMs = performance.now();
  let lastChains: ChainReadings = { atMs: lastMs, chains: [] };
  const look = () => {
    const alive = new Map(findPrograms(runRoot).map((program) => [keyOf(program), program]));
    for (const [key, { telemetry }] of watched) {
      if (alive.has(key)) continue;
      telemetry?.close();
      watched.delete(key);
    }
    for (const [key, program] of alive) {
      // One that was just starting had no counters yet.
      const known = watched.get(key);
      if (known === undefined || known.fault !== null) watched.set(key, open(program));
    }
  };
  look();
  return {
    async sample() {
      look();
      const nowMs = performance.now();
      const durationMs = nowMs - lastMs;
      lastMs = nowMs;
      const { nfs, chains } = await readNetvmds([...watched.values()].map(({ program }) => program));
      const programs = [...watched.values()].map((one) => {
        const { last } = one;
        one.last = reading(one.program, one.telemetry, nfs.get(one.program) ?? null);
        return sampleOf(one, last, one.last);
      });
      const before = lastChains;
      lastChains = { atMs: performance.now(), chains };
      const takenAt = new Date().toISOString();
      return { schema: 'top/1', takenAt, durationMs, programs, chains: sampleChains(before, lastChains) };
    },
    close() {
      for (const { telemetry } of watched.values()) telemetry?.close();
    },
  };
}

function keyOf({ pid, startTicks }: RunningProgram): string {
  return `${pid} ${startTicks}`;
}

function open(program: RunningProgram): Watched {
  if (program.telemetry === null)
    return { program, telemetry: null, fault: null, last: reading(program, null) };
  try {
    const telemetry = openTelemetry(program.telemetry);
    return { program, telemetry, fault: null, last: reading(program, telemetry) };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { program, telemetry: null, fault, last: reading(program, null) };
  }
}

function reading(program: RunningProgram, telemetry: Telemetry | null, nf: NfReading | null = null): Reading {
  return { atMs: performance.now(), cpuNs: cpuNs(program), counters: telemetry?.read() ?? new Map(), nf };
}

function sampleOf({ program, fault }: Watched, before: Reading, after: Reading): ProgramSample {
  const seconds = Math.max(1e-3, (after.atMs - before.atMs) / 1000);
  const perSecond = (of: (reading: Reading) => number | null): number | null => {
    const [from, to] = [of(before), of(after)];
    return from === null || to === null ? null : (to - from) / seconds;
  };
  // The generator closes its accounts when a trial ends: what it did in a second, it does not say.
  const isLive = program.program !== 'netvm-gen';
  const rate = (name: string) => (isLive ? perSecond(({ counters }) => numberOf(counters.get(name))) : null);
  const counters = [...after.counters].map(([name, value]) => [name, Number(value)] as const);
  const { runId, pid, cores, slot } = program;
  const cpuNsPerSecond = perSecond((reading) => reading.cpuNs);
  return {
    runId,
    program: program.program,
    pid,
    cores,
    slot,
    services: after.nf?.services ?? [],
    cpuRatio: cpuNsPerSecond === null ? null : cpuNsPerSecond / 1e9,
    rxPps: rate('rx.packets') ?? perSecond(({ nf }) => nf?.received ?? null),
    txPps: rate('tx.packets'),
    inFlight: {
      ...Object.fromEntries(counters.filter(([name]) => name.startsWith('inflight.'))),
      ...(after.nf && { 'inflight.nf': after.nf.inFlight }),
    },
    drops: counters
      .filter(([name, packets]) => name.startsWith('drop.') && packets > 0)
      .map(([name, packets]) => ({ name, packets, pps: rate(name) })),
    ringDepth: after.nf?.depth ?? null,
    ringEntries: after.nf?.entries ?? null,
    fault,
  };
}

function numberOf(value: bigint | undefined): number | null {
  return value === undefined ? null : Number(value);
}
