import { createRequire } from 'node:module';
import { exitCode, UserError } from '../model/errors.ts';

/** The addon as its C++ sources define it; the other files of this folder are what the harness uses. */
export interface Addon {
  readonly Telemetry: new (path: string) => RawTelemetry;
  readonly Sampler: new (
    path: string,
    names: readonly string[],
    options: { hz: number; rowsMax: number; core: number },
  ) => RawSampler;
  hdrIndex(valueNs: bigint): number;
  tscHz(): number;
  tscNow(): number;
  measureGaps(options: { core: number; durationMs: number; thresholdNs: number }): Promise<RawGaps>;
  measureRoundTrip(options: { coreA: number; coreB: number; durationMs: number }): Promise<number | null>;
  measureFrequency(options: { core: number; durationMs: number }): Promise<number>;
  measureSkew(options: {
    coreA: number;
    coreB: number;
    durationMs: number;
  }): Promise<{ skewNs: number; withinNs: number } | null>;
  spawn(options: RawSpawn): RawChild;
  connectInside(options: { pid: number; port: number }): number;
}

export interface RawTelemetry {
  names(): string[];
  tscHz(): number;
  read(): BigUint64Array;
  eventsWritten(): bigint;
  events(since: bigint): { next: bigint; missed: bigint; fields: BigUint64Array };
  histogram(): BigUint64Array;
  close(): void;
}

export interface RawSampler {
  stop(): { timesTsc: BigUint64Array; values: BigUint64Array; missed: number };
}

export interface RawGaps {
  core: number;
  durationNs: number;
  gaps: number;
  gapNsTotal: number;
  gapNsMax: number;
}

export interface RawChild {
  pid: number;
  /** -1 without a terminal. */
  terminalFd: number;
  exited: Promise<{ code: number | null; signal: number | null }>;
}

export interface RawSpawn {
  file: string;
  args: readonly string[];
  env: readonly string[];
  cpus: readonly number[];
  stdinFd: number;
  stdoutFd: number;
  stderrFd: number;
  terminal?: boolean;
  ownNetwork?: boolean;
}

const file = '../../native/addon/build/Release/netvm.node';
let loaded: Addon | null = null;

/** Loads the addon on first use: commands that measure nothing run without it. */
export function addon(): Addon {
  loaded ??= load();
  return loaded;
}

function load(): Addon {
  try {
    return createRequire(import.meta.url)(file) as Addon;
  } catch (error) {
    throw new UserError(
      exitCode.testbedUnable,
      `The native addon does not load (${(error as Error).message}); build it with ./netvm, under the Node that runs the harness.`,
    );
  }
}
