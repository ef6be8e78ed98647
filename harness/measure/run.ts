import type { Progress } from '../model/progress.ts';
import type { CellResult, CoreRoundTrip, GeneratorInfo, JitterProfile, Run } from '../model/run.ts';
import { measureGaps, measureRoundTrip } from '../native/clock.ts';
import type { Plan, PlannedCell } from '../profile/plan.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { BenchFailed, GeneratorFailed, withBench } from './bench.ts';
import { measureCeiling, reflectorCell } from './ceiling.ts';
import { failedCell, measureCell } from './cell.ts';
import type { CellContext } from './context.ts';
import type { RunSink } from './sink.ts';

export interface RunOptions {
  /** The run's id, for example `2026-11-23T07-12-33-quickstart`. */
  readonly id: string;
  /** Saved to as the run goes on; `createArchive(outDir)` is one. The caller calls its `finish`, after this is done. */
  readonly archive: RunSink;
  /** The command line, for the record. */
  readonly command: string;
  /** When aborted everything is put down and the run returned with status `interrupted`. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Directory of the native programs, `native/build/bin`. */
  readonly native: string;
}

/** What a run does to the machine; tests put doubles in its place. */
export interface Rig {
  readonly withBench: typeof withBench;
  readonly measureGaps: typeof measureGaps;
  readonly measureRoundTrip: typeof measureRoundTrip;
}

const jitterMs = 1_000;
const jitterThresholdNs = 10_000;
const roundTripMs = 5;

/**
 * Measures every cell of the plan in order: the machine's own jitter, the generator's ceiling, then cell by cell, saved after
 * each. A data plane that fails fails its cell; the run goes on.
 */
export async function runPlan(
  plan: Plan,
  env: LocalTestbedEnv,
  options: RunOptions,
  rig: Rig = { withBench, measureGaps, measureRoundTrip },
): Promise<Run> {
  const { archive, signal, progress } = options;
  let run = firstRun(plan, env, options);
  const save = async (changes: Partial<Run>) => {
    run = { ...run, ...changes };
    await archive.saveRun(run);
  };
  const end = (status: Run['status']) => save({ status, finishedAt: new Date().toISOString() });
  await archive.writeFacts([env.facts]);
  await save({});
  try {
    const steps = plan.cells.length + 1;
    progress.step(0, steps, 'how quiet the machine is, and what the generator can do');
    await save({ jitter: await probeJitter(env, rig, signal) });
    await save({ generator: await probeCeiling(plan, env, options, rig) });
    for (const [i, cell] of plan.cells.entries()) {
      signal.throwIfAborted();
      progress.step(i + 1, steps, describeCell(cell));
      const result = await tryCell(cell, plan, env, options, rig);
      await save({ results: [...run.results, result] });
    }
    await end('complete');
  } catch (error) {
    await end('interrupted');
    if (!signal.aborted) throw error;
  }
  return run;
}

function firstRun(plan: Plan, env: LocalTestbedEnv, { id, command }: RunOptions): Run {
  return {
    schema: 'run/1',
    id,
    startedAt: new Date().toISOString(),
    finishedAt: null,
    status: 'running',
    command,
    testbed: env.name,
    profile: plan.profile,
    generator: null,
    jitter: [],
    results: [],
  };
}

async function probeJitter(env: LocalTestbedEnv, rig: Rig, signal: AbortSignal): Promise<JitterProfile[]> {
  signal.throwIfAborted();
  const cores = [...new Set([env.generatorCore, env.deviceCore])];
  return Promise.all(
    cores.map((core) => rig.measureGaps({ core, durationMs: jitterMs, thresholdNs: jitterThresholdNs })),
  );
}

/** Only while nothing polls on these cores: between benches. */
function roundTrip({ generatorCore, deviceCore }: LocalTestbedEnv, rig: Rig): Promise<number | null> {
  return rig.measureRoundTrip({ coreA: generatorCore, coreB: deviceCore, durationMs: roundTripMs });
}

function bothWays(before: number | null, after: number | null): CoreRoundTrip | null {
  return before === null || after === null ? null : { before, after };
}

/** Null where there is no figure: the run goes on, and shows that. */
async function probeCeiling(
  plan: Plan,
  env: LocalTestbedEnv,
  options: RunOptions,
  rig: Rig,
): Promise<GeneratorInfo | null> {
  const cell = reflectorCell(plan);
  const { native, signal } = options;
  const bench = { env, native, signal, name: 'ceiling' };
  try {
    const coreRoundTripNs = await roundTrip(env, rig);
    const context = contextOf(plan, options);
    const info = await rig.withBench(cell, bench, (up) => measureCeiling(cell, up, context));
    return { ...info, coreRoundTripNs };
  } catch (error) {
    signal.throwIfAborted();
    await logFailure(options, 'the generator has no ceiling', error);
    return null;
  }
}

/** A generator that fails makes its trials void, not the cell's data plane: the cell is tried once more. */
async function tryCell(
  cell: PlannedCell,
  plan: Plan,
  env: LocalTestbedEnv,
  options: RunOptions,
  rig: Rig,
): Promise<CellResult> {
  const { native, signal } = options;
  for (let attempt = 1; ; attempt++) {
    const bench = { env, native, signal, name: `cell-${cell.index}-${attempt}` };
    try {
      const before = await roundTrip(env, rig);
      const context = contextOf(plan, options);
      const result = await rig.withBench(cell, bench, (up) => measureCell(cell, up, context));
      return { ...result, coreRoundTripNs: bothWays(before, await roundTrip(env, rig)) };
    } catch (error) {
      signal.throwIfAborted();
      await logFailure(options, describeCell(cell), error);
      const isGenerator = error instanceof BenchFailed && error.cause instanceof GeneratorFailed;
      if (!isGenerator || attempt === 2) return failedCell(cell, messageOf(error));
    }
  }
}

function contextOf(plan: Plan, { archive, progress, signal }: RunOptions): CellContext {
  return { profile: plan.profile, archive, progress, signal };
}

function logFailure({ archive }: RunOptions, what: string, error: unknown): Promise<void> {
  const logs = error instanceof BenchFailed ? error.logs : {};
  return archive.log({ level: 'error', message: `${what}: ${messageOf(error)}`, logs });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describeCell({ dataplane, nfs, frameSizeBytes }: PlannedCell): string {
  const chain = nfs.length === 0 ? 'no NF' : nfs.length === 1 ? '1 NF' : `${nfs.length} NFs`;
  return `${dataplane}, ${chain}, ${frameSizeBytes} B`;
}
