import type { Progress } from '../model/progress.ts';
import { exitCode, UserError } from '../model/errors.ts';
import { canonicalJson } from '../model/canonical.ts';
import { pageSizeWords } from '../model/page-size.ts';
import type { CellResult, GeneratorInfo, GuestInfo, Run, RunSource } from '../model/run.ts';
import type { GuestMachine } from '../dataplane/dataplane.ts';
import { deploymentWords } from '../model/cell.ts';
import { describeKind } from '../model/traffic.ts';
import { measureFrequency, measureGaps, measureRoundTrip, measureSkew, tscHz } from '../native/clock.ts';
import { latencyFrameSizes, type Plan, type PlannedCell } from '../profile/plan.ts';
import { deviceOf, generatorCores, type LocalTestbedEnv } from '../testbed/env.ts';
import { BenchFailed, GeneratorFailed, withBench, type GeneratorChoice } from './bench.ts';
import { measureCeiling, reflectorCell } from './ceiling.ts';
import { failedCell, measureCell } from './cell.ts';
import { cellOf, type CellContext } from './context.ts';
import { estimate, remainingMs, withoutFirst } from './estimate.ts';
import { awayRatio, bothWays, probeClock, probeCores, probeJitter, type Probes } from './probes.ts';
import type { RunSink } from './sink.ts';
import { voidTrialOf } from './void.ts';
import { measureWireLatency } from './wire-latency.ts';

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
  /** The program of the profile's generator, where that is an external one. */
  readonly generatorFile?: string;
  /** What the plan's virtual machines are, and are started with; left out where it has none. */
  readonly guest?: GuestMachine & GuestInfo;
  /** What was asked for, for the record. */
  readonly source?: RunSource;
  /** The run as far as it came before: its cells are kept, and those that have no result are measured. */
  readonly earlier?: Run;
}

/** What a run does to the machine; tests put doubles in its place. */
export interface Rig extends Probes {
  readonly withBench: typeof withBench;
}

/** The machine itself. */
export const realRig: Rig = {
  withBench,
  measureGaps,
  measureRoundTrip,
  measureFrequency,
  measureSkew,
  tscHz,
};

/**
 * Measures every cell of the plan in order: the machine's own jitter and clock, the generator's ceiling, then cell by cell, saved after
 * each. A data plane that fails fails its cell; the run goes on.
 */
export async function runPlan(
  plan: Plan,
  env: LocalTestbedEnv,
  options: RunOptions,
  rig: Rig = realRig,
): Promise<Run> {
  const { archive, signal, progress } = options;
  let expected = await estimate(plan);
  const { earlier } = options;
  let run: Run =
    earlier === undefined
      ? { ...firstRun(plan, env, options), estimatedMs: Math.round(expected.totalMs) }
      : resumed(earlier, plan);
  const save = async (changes: Partial<Run>) => {
    run = { ...run, ...changes };
    await archive.saveRun(run);
  };
  const startMs = performance.now();
  const elapsed = () => Math.round(performance.now() - startMs);
  const end = (status: Run['status']) =>
    save({
      status,
      finishedAt: new Date().toISOString(),
      // How long a killed run went on is not known.
      elapsedMs: earlier === undefined ? elapsed() : null,
    });
  await archive.writeFacts([env.facts]);
  await save({});
  try {
    const steps = plan.cells.length + 1;
    const kept = earlier?.results.length ?? 0;
    const step = (done: number, text: string) =>
      progress.step(done, steps, text, remainingMs(withoutFirst(expected, kept), done, elapsed()));
    step(0, 'how quiet the machine is, and what the generator can do');
    signal.throwIfAborted();
    const jitter = await probeJitter(env, rig);
    // From here on for the machine as it is today.
    expected = await estimate(plan, awayRatio(jitter));
    await save({ jitter, ...(earlier === undefined && { estimatedMs: Math.round(expected.totalMs) }) });
    await save(await probeGenerator(plan, env, options, rig));
    for (const [i, cell] of plan.cells.entries()) {
      if (i < kept) continue;
      signal.throwIfAborted();
      step(i + 1, describeCell(cell));
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

/** Cells are measured in the plan's order, so what has a result is its beginning. */
function resumed(earlier: Run, plan: Plan): Run {
  const isBeginning = earlier.results.every(({ cell }, i) => {
    const planned = plan.cells[i];
    return planned !== undefined && canonicalJson(cell) === canonicalJson(cellOf(planned));
  });
  if (!isBeginning)
    throw new UserError(
      exitCode.badInput,
      `run ${earlier.id}: its cells are not the first ones of its plan; start a new run`,
    );
  const resumedAt = [...(earlier.resumedAt ?? []), new Date().toISOString()];
  return { ...earlier, status: 'running', finishedAt: null, resumedAt };
}

function firstRun(plan: Plan, env: LocalTestbedEnv, { id, command, source, guest }: RunOptions): Run {
  const device = deviceOf(env);
  return {
    schema: 'run/1',
    id,
    startedAt: new Date().toISOString(),
    finishedAt: null,
    status: 'running',
    command,
    testbed: env.name,
    ...(device && { device }),
    profile: plan.profile,
    ...(source && { source }),
    generator: null,
    jitter: [],
    ...(guest && { guest: infoOf(guest) }),
    results: [],
    elapsedMs: null,
  };
}

function infoOf({ accelerator, reason, imageSha256 }: GuestInfo): GuestInfo {
  return { accelerator, reason, imageSha256 };
}

/** The clock, the generator's ceiling and the wire's latency. Null where there is no figure: the run goes on, and shows that. */
async function probeGenerator(
  plan: Plan,
  env: LocalTestbedEnv,
  options: RunOptions,
  rig: Rig,
): Promise<Pick<Run, 'generator' | 'clock'>> {
  const cell = reflectorCell(plan);
  const { native, signal } = options;
  const bench = { env, native, signal, name: 'ceiling', generator: generatorOf(plan, options) };
  let programsTscHz: number | null = null;
  let generator: GeneratorInfo | null = null;
  try {
    const { roundTripNs: coreRoundTripNs } = await probeCores(env, rig);
    const context = contextOf(plan, options);
    generator = await rig.withBench(cell, bench, async (up) => {
      // Of the device where the generator shows none.
      programsTscHz =
        (up.generator.telemetryPath === null ? up.deviceTelemetry[0] : up.generatorTelemetry)?.tscHz ?? null;
      const info = await measureCeiling(cell, up, context);
      const wireLatencyNs = await measureWireLatency(cell, up, context, {
        ceilingPps: info.ceilingPps,
        frameSizesBytes: latencyFrameSizes(plan),
      });
      return { ...info, coreRoundTripNs, ...coresOf(env), wireLatencyNs };
    });
  } catch (error) {
    signal.throwIfAborted();
    await keepFailure(options, 'the generator has no ceiling', error);
  }
  return { generator, clock: await checkClock(env, options, rig, programsTscHz) };
}

function coresOf(env: LocalTestbedEnv): Pick<GeneratorInfo, 'txCores' | 'rxCores'> {
  const { generatorCore: core, txCores = [core], rxCores = [core] } = env;
  return generatorCores(env).length === 1 ? {} : { txCores, rxCores };
}

async function checkClock(env: LocalTestbedEnv, options: RunOptions, rig: Rig, programsTscHz: number | null) {
  try {
    return await probeClock(env, rig, programsTscHz);
  } catch (error) {
    await keepFailure(options, 'the clock could not be checked', error);
    return null;
  }
}

/**
 * A generator that fails makes its trial void, not the cell's data plane bad: the trial is kept, and the cell tried once more from
 * the start, on a fresh bench. One that fails there too fails the cell.
 */
async function tryCell(
  cell: PlannedCell,
  plan: Plan,
  env: LocalTestbedEnv,
  options: RunOptions,
  rig: Rig,
): Promise<CellResult> {
  const { native, signal, guest } = options;
  let trialsVoid = 0;
  for (let attempt = 1; ; attempt++) {
    const name = `cell-${cell.index}-${attempt}`;
    const bench = {
      env,
      native,
      signal,
      name,
      generator: generatorOf(plan, options),
      ...(guest && { guest }),
    };
    try {
      const before = await probeCores(env, rig);
      const context = contextOf(plan, options);
      const result = await rig.withBench(cell, bench, (up) => measureCell(cell, up, context));
      const trials = result.trials + trialsVoid;
      return { ...result, trials, ...bothWays(before, await probeCores(env, rig)) };
    } catch (error) {
      signal.throwIfAborted();
      if (await keepFailure(options, describeCell(cell), error)) trialsVoid++;
      const isGenerator = error instanceof BenchFailed && error.cause instanceof GeneratorFailed;
      if (isGenerator && attempt === 1) continue;
      const twice = isGenerator ? 'The generator failed on two benches, one after the other: ' : '';
      return {
        ...failedCell(cell, `${twice}${messageOf(error)}`, guest?.accelerator ?? null),
        trials: trialsVoid,
      };
    }
  }
}

function generatorOf({ profile }: Plan, { generatorFile = '' }: RunOptions): GeneratorChoice {
  return { name: profile.generator, file: generatorFile, flows: profile.flows };
}

function contextOf(plan: Plan, { archive, progress, signal, guest }: RunOptions): CellContext {
  return {
    profile: plan.profile,
    archive,
    progress,
    signal,
    ...(guest && { accelerator: guest.accelerator }),
  };
}

/** Logs a failure, and keeps the trial that it made void. Returns whether there was one. */
async function keepFailure({ archive }: RunOptions, what: string, error: unknown): Promise<boolean> {
  const logs = error instanceof BenchFailed ? error.logs : {};
  await archive.log({ level: 'error', message: `${what}: ${messageOf(error)}`, logs });
  const trial = voidTrialOf(error);
  if (trial !== null) await archive.appendTrial(trial);
  return trial !== null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describeCell(cell: PlannedCell): string {
  const { dataplane, nfs, frameSizeBytes, hugePageSizeBytes: pages } = cell;
  const kind = describeKind(cell);
  const chain = nfs.length === 0 ? 'no NF' : nfs.length === 1 ? '1 NF' : `${nfs.length} NFs`;
  const way = deploymentWords(cell);
  const onPages = pages === undefined ? '' : `, pages of ${pageSizeWords(pages)}`;
  return `${dataplane}, ${chain}${way === null ? '' : ` ${way}`}, ${frameSizeBytes} B${kind === null ? '' : `, ${kind}`}${onPages}`;
}
