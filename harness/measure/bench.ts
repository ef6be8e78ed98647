import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dataplanes } from '../dataplane/index.ts';
import type { GuestMachine, RunningDataplane } from '../dataplane/dataplane.ts';
import type { GeneratorName } from '../model/generator.ts';
import type { BothEnds, Cell } from '../model/run.ts';
import { noTelemetry, openTelemetry, type Telemetry } from '../native/telemetry.ts';
import {
  deviceCores,
  generatorCores,
  queueCores,
  regionDirectory,
  type LocalTestbedEnv,
  type QueueCores,
} from '../testbed/env.ts';
import { startGenerator } from '../traffic/index.ts';
import type { Generator } from '../traffic/generator.ts';
import { readStealNs } from './steal.ts';
import { TrialVoid } from './void.ts';

/** A generator and a data plane on one wire, up and watched. */
export interface Bench {
  readonly cell: Cell;
  readonly deviceCore: number;
  /** Of the NFs; left out or empty: they share `deviceCore`. */
  readonly nfCores?: readonly number[];
  /** The generator's loops behind each queue of the wire; one queue, and all loops are behind it, where left out. */
  readonly queues?: readonly QueueCores[];
  readonly generator: Generator;
  readonly dataplane: RunningDataplane;
  readonly generatorTelemetry: Telemetry;
  /** Of the data plane, and before those of its reset processes the ones of the dead. */
  readonly deviceTelemetry: readonly Telemetry[];
  /** Kills the data plane whole and brings it up again; the segments of the new processes are added to `deviceTelemetry`. */
  readonly resetDevice: (signal: AbortSignal) => Promise<void>;
  /** Kept when no reset is under way; rejects where one failed. */
  readonly resetsDone: () => Promise<void>;
  /** Time stolen from both ends' cores so far; null where the kernel does not say. For moments without traffic. */
  readonly stealNs: () => BothEnds | null;
}

export interface BenchOptions {
  readonly env: LocalTestbedEnv;
  /** Directory of the native programs. */
  readonly native: string;
  readonly signal: AbortSignal;
  /** Of this bench alone, within the run's directory. */
  readonly name: string;
  /** Where the traffic comes from; netvm-gen where left out. */
  readonly generator?: GeneratorChoice;
  /** What virtual machines are started with; left out where the cell has none. */
  readonly guest?: GuestMachine;
}

/** A generator, its program where it is an external one, and what it must know when it starts. */
export interface GeneratorChoice {
  readonly name: GeneratorName;
  readonly file: string;
  readonly flows: number;
}

const nativeGenerator: GeneratorChoice = { name: 'native', file: '', flows: 1 };

/** The generator could not be kept running: its trial is void, and says nothing of the device. */
export class GeneratorFailed extends Error {
  override readonly name = 'GeneratorFailed';
}

/** Something failed on a bench; `logs` is what its programs last said. */
export class BenchFailed extends Error {
  override readonly name = 'BenchFailed';
  readonly logs: Readonly<Record<string, string>>;
  constructor(cause: Error, logs: Readonly<Record<string, string>>) {
    super(cause.message, { cause });
    this.logs = logs;
  }
}

/**
 * Brings up the generator (the wire is its), then the data plane with the cell's chain; gives them to `work`; and brings all
 * down, however that ends.
 */
export async function withBench<T>(
  cell: Cell,
  options: BenchOptions,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  // Before anything starts: a machine without the cell's pages cannot measure it.
  regionDirectory(options.env, cell);
  const runDir = join(options.env.runDir, options.name);
  mkdirSync(runDir, { mode: 0o700 });
  try {
    return await withGenerator(cell, options, runDir, work);
  } catch (error) {
    throw error instanceof Error ? new BenchFailed(error, logsOf(runDir)) : error;
  } finally {
    rmSync(runDir, { recursive: true, force: true });
  }
}

async function withGenerator<T>(
  cell: Cell,
  options: BenchOptions,
  runDir: string,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { env, native, signal, generator: choice = nativeGenerator } = options;
  const wire = join(runDir, 'wire.sock');
  const { name, file, flows } = choice;
  const { generatorCore: core, txCores = [core], rxCores = [core] } = env;
  const vfs = dataplanes[cell.dataplane].onVirtualFunctions ? cell.nfs.length : 0;
  const site = { native, runDir, core, txCores, rxCores, wire, vfs, flows, file, signal };
  const generator = await startGenerator(name, site).catch(asGeneratorFailed);
  try {
    return await withDataplane(cell, options, runDir, wire, generator, work);
  } catch (error) {
    const { status } = generator.program.child;
    if (signal.aborted) throw error;
    if (status !== null) throw new GeneratorFailed(generator.program.death(status).message, { cause: error });
    throw error instanceof TrialVoid ? new GeneratorFailed(error.message, { cause: error }) : error;
  } finally {
    await generator.down();
  }
}

async function withDataplane<T>(
  cell: Cell,
  { env, native, signal, guest }: BenchOptions,
  runDir: string,
  wire: string,
  generator: Generator,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const { deviceCore: core, nfCores = [] } = env;
  const hugeDir = regionDirectory(env, cell);
  const queues = queueCores(env);
  const dataplane = await dataplanes[cell.dataplane].up(cell, {
    native,
    runDir,
    hugeDir,
    core,
    nfCores,
    node: env.deviceNode ?? null,
    queues: queues.length,
    wire,
    ...(guest && { guest }),
    signal,
  });
  let resets = Promise.resolve();
  const opened: Telemetry[] = [];
  const open = (path: string) => {
    const telemetry = openTelemetry(path);
    opened.push(telemetry);
    return telemetry;
  };
  try {
    const { telemetryPath } = generator;
    const generatorTelemetry = telemetryPath === null ? noTelemetry() : open(telemetryPath);
    const deviceTelemetry = dataplane.telemetryPaths.map(open);
    const resetDevice = (stop: AbortSignal) =>
      (resets = dataplane.reset(stop).then(() => {
        deviceTelemetry.push(...dataplane.telemetryPaths.map(open));
      }));
    return await work({
      cell,
      deviceCore: core,
      nfCores,
      queues,
      generator,
      dataplane,
      generatorTelemetry,
      deviceTelemetry,
      resetDevice,
      resetsDone: () => resets,
      stealNs: () => readStealNs(generatorCores(env), deviceCores(env)),
    });
  } finally {
    // One that is still under way would start processes after these are down. Its own failure has been told.
    await resets.catch(() => {});
    if (generator.leavesFirst) await generator.down();
    await dataplane.down();
    for (const telemetry of opened) telemetry.close();
  }
}

function asGeneratorFailed(error: unknown): never {
  throw error instanceof Error ? new GeneratorFailed(error.message, { cause: error }) : error;
}

const logCharactersMax = 4_000;

function logsOf(runDir: string): Record<string, string> {
  // Also those of a data plane that was reset, which are one directory down.
  const files = readdirSync(runDir, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.log'),
  );
  const texts = files.map((file) => [
    file,
    readFileSync(join(runDir, file), 'utf8').slice(-logCharactersMax),
  ]);
  return Object.fromEntries(texts.filter(([, text]) => text !== '')) as Record<string, string>;
}
