import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { generators } from '../model/generator.ts';
import { tscNow } from '../native/clock.ts';
import { startProgram, type Program } from '../native/program.ts';
import {
  notCounted,
  type Generator,
  type GeneratorSite,
  type TrialReport,
  type TrialRequest,
} from './generator.ts';
import {
  readHistogram,
  readResult,
  type HistogramLine,
  type MoongenKind,
  type MoongenResult,
} from './moongen-results.ts';

export type MoongenSite = Pick<GeneratorSite, 'file' | 'core' | 'runDir' | 'signal'> & {
  /** Directory of our scripts, `native/moongen`. */
  readonly scripts: string;
  /** Devices as MoonGen numbers them; one may be both. */
  readonly txDevice: number;
  readonly rxDevice: number;
};

export interface MoongenLoad {
  readonly frameSizeBytes: number;
  readonly pps: number;
  readonly durationMs: number;
  readonly flows: number;
  readonly drainMs: number;
}

/** Starting DPDK, waiting for links, stopping: MoonGen takes its time. */
const startSlackMs = 60_000;
const saidBytesMax = 1 << 20;
const histogramBytesMax = 32 << 20;

/**
 * MoonGen as the generator: each trial is a run of its own, of one of our scripts. The devices pace the load and count it; packets
 * carry no numbers. MoonGen does not say its version.
 */
export function moongen(site: MoongenSite): Generator {
  return {
    name: 'moongen',
    version: 'unknown',
    can: generators.moongen.can,
    telemetryPath: null,
    program: between,
    leavesFirst: false,
    // Each script waits for its links, and fails without.
    linkUp: () => Promise.resolve(true),
    trial: (request, signal) => trial(site, request, signal),
    down: () => Promise.resolve(),
  };
}

/** Latency of a load in ns, from when timestamped packets really left. */
export async function moongenLatency(
  site: MoongenSite,
  load: MoongenLoad,
): Promise<{ result: MoongenResult<'latency'>; histogram: HistogramLine[] }> {
  const file = join(site.runDir, 'moongen-latency.csv');
  rmSync(file, { force: true });
  const result = await runScript(site, 'latency', load, ['--histogram', file]);
  const histogram = readHistogram(readAtMost(file, histogramBytesMax));
  const samples = histogram.reduce((sum, { count }) => sum + count, 0);
  if (samples === result.samples) return { result, histogram };
  throw new Error(`MoonGen: ${result.samples} samples were taken, and the histogram has ${samples}`);
}

/** RFC 2544 throughput, searched for by MoonGen itself. `resolution` is a share of `maxPps`, which is where it begins. */
export function moongenThroughput(
  site: MoongenSite,
  load: Omit<MoongenLoad, 'pps'>,
  search: { readonly maxPps: number; readonly resolution: number },
): Promise<MoongenResult<'rfc2544'>> {
  const options = ['--max-pps', String(search.maxPps), '--resolution', String(search.resolution)];
  const trials = Math.ceil(Math.log2(1 / search.resolution)) + 2;
  return runScript(site, 'rfc2544', { ...load, pps: search.maxPps }, options, trials);
}

async function trial(site: MoongenSite, request: TrialRequest, signal: AbortSignal): Promise<TrialReport> {
  const { pps } = request;
  if (pps === 0) throw new Error('moongen is given a rate; ask it for a paced trial');
  const firstSendTsc = tscNow();
  const { sent, received, seconds } = await runScript({ ...site, signal }, 'load', request);
  return {
    intendedPps: pps,
    offeredPps: sent / seconds,
    receivedPps: received / seconds,
    sent,
    received,
    lost: Math.max(0, sent - received),
    // Within the start and end of the program: when it sent is not known better.
    firstSendTsc,
    lastSendTsc: tscNow(),
    durationNs: seconds * 1e9,
    ...notCounted,
  };
}

async function runScript<Kind extends MoongenKind>(
  { file, core, runDir, scripts, txDevice, rxDevice, signal }: MoongenSite,
  kind: Kind,
  load: MoongenLoad,
  options: readonly string[] = [],
  trials = 1,
): Promise<MoongenResult<Kind>> {
  signal.throwIfAborted();
  // Its log is of this run alone.
  const log = join(runDir, 'moongen.log');
  rmSync(log, { force: true });
  const program = startProgram({
    name: 'moongen',
    file,
    args: [
      ...[join(scripts, `${kind}.lua`), String(txDevice), String(rxDevice), '--pps', String(load.pps)],
      ...['--frame', String(load.frameSizeBytes), '--flows', String(load.flows)],
      ...['--duration', String(load.durationMs / 1e3), '--drain', String(load.drainMs / 1e3), ...options],
    ],
    cpus: [core],
    runDir,
  });
  const limitMs = startSlackMs + trials * (load.durationMs + load.drainMs + 1_000);
  const status = await exitOf(program, limitMs, signal);
  if (status.code !== 0) throw program.death(status);
  return readResult(kind, readAtMost(log, saidBytesMax));
}

async function exitOf(program: Program, limitMs: number, signal: AbortSignal) {
  let timer: NodeJS.Timeout | undefined;
  let aborted: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    aborted = () => reject(signal.reason as Error);
    signal.addEventListener('abort', aborted);
    timer = setTimeout(() => reject(new Error(`moongen did not end within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([program.child.exited, ended]);
  } finally {
    clearTimeout(timer);
    if (aborted) signal.removeEventListener('abort', aborted);
    await program.stop();
  }
}

function readAtMost(file: string, bytesMax: number): string {
  const { size } = statSync(file);
  if (size > bytesMax) throw new Error(`MoonGen: ${file} has ${size} bytes; expected at most ${bytesMax}`);
  return readFileSync(file, 'utf8');
}

/** Between trials nothing of MoonGen runs, so nothing of it can have died. */
const between: Program = {
  name: 'moongen',
  child: { pid: 0, exited: new Promise(() => {}), status: null, kill() {} },
  death: () => new Error('moongen does not run between trials'),
  stop: () => Promise.resolve(),
};
