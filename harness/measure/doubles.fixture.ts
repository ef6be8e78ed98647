import { generators } from '../model/generator.ts';
import type { HostFacts, Run, TrialRecord } from '../model/run.ts';
import type { Program } from '../native/program.ts';
import type { ExitStatus } from '../native/spawn.ts';
import type { Telemetry, TelemetryEvent } from '../native/telemetry.ts';
import type { MethodSettings, Plan, PlannedCell, ResolvedProfile } from '../profile/plan.ts';
import { presetGoals, type PresetName } from '../profile/presets.ts';
import { countsLength } from '../stats/hdr.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import type { TrialReport, TrialRequest } from '../traffic/generator.ts';
import type { Bench } from './bench.ts';
import type { RunSink } from './sink.ts';

/** Doubles for measuring without a machine: a device that is a function of the load. */

export const tscHz = 1e9;

export function report(changes: Partial<TrialReport> = {}): TrialReport {
  return {
    intendedPps: 1e6,
    offeredPps: 1e6,
    receivedPps: 1e6,
    sent: 100_000,
    received: 100_000,
    lost: 0,
    duplicates: 0,
    reordered: 0,
    foreign: 0,
    wireFull: 0,
    firstSendTsc: 1_000_000,
    lastSendTsc: 101_000_000,
    durationNs: 100_000_000,
    latencySamples: 0,
    gapNs: 0,
    sendLateNsMax: 0,
    ...changes,
  };
}

export function program(name: string, state: { status: ExitStatus | null }): Program {
  return {
    name,
    child: {
      pid: 1,
      exited: new Promise(() => {}),
      get status() {
        return state.status;
      },
      kill() {},
    },
    death: (status) => new Error(`${name} was killed by ${status.signal}`),
    stop: () => Promise.resolve(),
  };
}

/** A segment whose counters and events a test writes. */
export class FakeTelemetry implements Telemetry {
  readonly path = 'fake';
  readonly tscHz = tscHz;
  readonly values = new Map<string, bigint>();
  readonly log: TelemetryEvent[] = [];
  counts = new BigUint64Array(countsLength);

  get names() {
    return [...this.values.keys()];
  }
  add(name: string, count: number) {
    this.values.set(name, (this.values.get(name) ?? 0n) + BigInt(count));
  }
  read() {
    return new Map(this.values);
  }
  eventsWritten() {
    return BigInt(this.log.length);
  }
  events(since: bigint) {
    return { events: this.log.slice(Number(since)), next: this.eventsWritten(), missed: 0 };
  }
  histogram() {
    return this.counts;
  }
  close() {}
}

export interface FakeBench extends Bench {
  readonly requests: TrialRequest[];
  readonly generatorTelemetry: FakeTelemetry;
  readonly device: FakeTelemetry;
  readonly nf: { status: ExitStatus | null };
  readonly host: { status: ExitStatus | null };
  /** Packets of the next trial that are neither received nor counted as lost anywhere. */
  unaccounted: number;
}

/** What the fake device holds while a burst lasts; a longer load fills that at once. */
export const bufferFrames = 4_096;

/** A device that forwards up to its capacity; the rest finds the wire full. `during` may spoil a trial. */
export function fakeBench(
  cell: PlannedCell,
  capacityPps: number,
  during: (bench: FakeBench, trial: number) => void = () => {},
): FakeBench {
  const generatorTelemetry = new FakeTelemetry();
  const device = new FakeTelemetry();
  const nf = { status: null };
  const host = { status: null };
  const requests: TrialRequest[] = [];
  const trial = async (request: TrialRequest, signal: AbortSignal) => {
    signal.throwIfAborted();
    requests.push(request);
    const pps = request.pps === 0 ? capacityPps : request.pps;
    const { sent, received, sendMs } = forward(request, pps, capacityPps);
    generatorTelemetry.add('drop.wire.full', sent - received);
    device.add('rx.packets', received);
    device.add('cycles.busy', received * 200);
    generatorTelemetry.counts[100] = BigInt(Math.floor(sent / request.stampEvery));
    during(bench, requests.length - 1);
    const { unaccounted } = bench;
    bench.unaccounted = 0;
    const ticks = sendMs * (tscHz / 1e3);
    const isStepped = request.thenPps !== undefined;
    return report({
      intendedPps: isStepped ? (sent * 1e3) / sendMs : request.pps,
      offeredPps: (sent * 1e3) / sendMs,
      receivedPps: (received * 1e3) / sendMs,
      sent,
      received: received - unaccounted,
      lost: sent - received + unaccounted,
      wireFull: sent - received,
      lastSendTsc: 1_000_000 + ticks,
      stepTsc: isStepped ? 1_000_000 + request.durationMs * (tscHz / 1e3) : 0,
      durationNs: sendMs * 1e6,
      latencySamples: Math.floor(sent / request.stampEvery),
      sendLateOver10us: 0,
      sendLateOver1ms: 0,
    });
  };
  const bench: FakeBench = {
    cell,
    deviceCore: 1,
    requests,
    nf,
    host,
    device,
    unaccounted: 0,
    generatorTelemetry,
    deviceTelemetry: [device],
    stealNs: () => ({ generator: 0, device: 0 }),
    resetDevice: () => Promise.resolve(),
    resetsDone: () => Promise.resolve(),
    generator: {
      name: 'fake',
      version: '0',
      can: generators.native.can,
      telemetryPath: '',
      program: program('gen', { status: null }),
      leavesFirst: false,
      linkUp: () => Promise.resolve(true),
      trial,
      down: () => Promise.resolve(),
    },
    dataplane: {
      telemetryPaths: [],
      host: program('host', host),
      nfs: [program('nf0-forward', nf)],
      reset: () => Promise.resolve(),
      down: () => Promise.resolve(),
    },
  };
  return bench;
}

/** A burst may use the buffer; a load that is reduced loses nothing more. */
function forward(request: TrialRequest, pps: number, capacityPps: number) {
  const { packets, durationMs, thenPps = 0, thenDurationMs = 0 } = request;
  if (packets !== undefined) {
    const received = Math.min(packets, Math.floor((packets * capacityPps) / pps) + bufferFrames);
    return { sent: packets, received, sendMs: (packets / pps) * 1e3 };
  }
  const part = (rate: number, ms: number) => Math.round((rate * ms) / 1e3);
  const sent = part(pps, durationMs) + part(thenPps, thenDurationMs);
  const received =
    part(Math.min(pps, capacityPps), durationMs) + part(Math.min(thenPps, capacityPps), thenDurationMs);
  return { sent, received, sendMs: durationMs + thenDurationMs };
}

export function cell(changes: Partial<PlannedCell> = {}): PlannedCell {
  return {
    index: 0,
    dataplane: 'netvm',
    isolation: 'process',
    nfs: ['forward'],
    frameSizeBytes: 64,
    method: 'rfc2544',
    measureLatency: true,
    ...changes,
  };
}

/** A preset's settings, as a profile's are resolved. */
export function searchMethod(name: PresetName, changes: Partial<MethodSettings> = {}): MethodSettings {
  const settings = { trialDurationMs: 100, resolutionRatio: 0.02, lossRatio: 0, ...changes };
  const { trialDurationMs, resolutionRatio: widthRatio, lossRatio } = settings;
  const goals = presetGoals(name, { trialDurationMs, widthRatio, lossRatio });
  return { name, goals, minLoadRatio: 0.001, maxLoadRatio: 1, maxRepeats: 0, drainMs: 10, ...settings };
}

export function plan(cells: readonly PlannedCell[], changes: Partial<ResolvedProfile> = {}): Plan {
  return {
    cells,
    profile: {
      schema: 'profile/1',
      name: 'test',
      description: '',
      dataplanes: ['netvm'],
      chains: [['forward']],
      frameSizesBytes: [64],
      lineRateBps: 10e9,
      generator: 'native',
      flows: 16,
      method: searchMethod('rfc2544', { trialDurationMs: 100, maxRepeats: 2, drainMs: 10 }),
      latency: {
        loadsPercent: [10, 50, 90],
        durationMs: 100,
        repetitions: 1,
        stampEvery: 64,
        frameSizesBytes: [64],
      },
      generatorCeiling: { runs: 3, durationMs: 100 },
      ...changes,
    },
  };
}

export interface MemorySink extends RunSink {
  readonly trials: TrialRecord[];
  readonly runs: Run[];
  readonly logs: object[];
  readonly hlogs: string[];
}

export function memorySink(): MemorySink {
  const trials: TrialRecord[] = [];
  const runs: Run[] = [];
  const logs: object[] = [];
  const hlogs: string[] = [];
  return {
    trials,
    runs,
    logs,
    hlogs,
    appendTrial: async (trial) => void trials.push(trial),
    saveRun: async (run) => void runs.push(run),
    writeLatency: async (name) => {
      hlogs.push(name);
      return `latency/${name}.hlog`;
    },
    writeFacts: async (_: readonly HostFacts[]) => {},
    log: async (entry) => void logs.push(entry),
  };
}

export function env(): LocalTestbedEnv {
  const facts = { host: 'h' } as HostFacts;
  return { name: 'local', generatorCore: 0, deviceCore: 1, runDir: '/nowhere', hugeDir: '/nowhere', facts };
}
