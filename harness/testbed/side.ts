import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode, UserError } from '../model/errors.ts';
import { spawn } from '../native/spawn.ts';
import type { Child, ExitStatus } from '../native/spawn.ts';
import { environmentOfCheckout } from './git.ts';

/** A checkout that measures by its own launcher, harness and data plane: only a profile goes in, and only a run's archive comes out. */
export interface SideRun {
  readonly directory: string;
  readonly profile: string;
  /** Of the harness that compares, as the profile is: both sides are measured on the same cores. */
  readonly testbed: string;
  readonly outDir: string;
  /** What it says is appended here. */
  readonly logFile: string;
  readonly signal: AbortSignal;
  /** One that takes longer hangs, and is interrupted. */
  readonly msMax: number;
}

const buildMsMax = 30 * 60_000;
/** A run that was interrupted puts everything back in this time. */
const leaveMs = 60_000;

/**
 * Runs a profile in a checkout. Returns null where there is an archive to read, or the sentence that says why there is none. Throws UserError where no repetition helps:
 * its harness refuses the profile (exit 2), or the testbed cannot do it (exit 3); and what `signal` was aborted with.
 */
export async function runSide(run: SideRun): Promise<string | null> {
  const args = ['run', run.profile, '--testbed', run.testbed, '--out', run.outDir];
  const startMs = performance.now();
  const status = await launch(run.directory, args, run.logFile, run.signal, run.msMax);
  const said = lastLines(run.logFile);
  if (performance.now() - startMs >= run.msMax) {
    return `its run was interrupted, since it took more than ${Math.round(run.msMax / 1000)} s: ${said}`;
  }
  // A harness that dies of an error of its own ends with 1 too.
  if (status.code === exitCode.done || status.code === exitCode.measurementFailed) {
    if (existsSync(join(run.outDir, 'run.json'))) return null;
  }
  if (status.code === exitCode.badInput || status.code === exitCode.testbedUnable) {
    throw new UserError(status.code, `./netvm run of ${run.directory} says: ${said}`);
  }
  return `its run ended with ${status.signal ?? `exit ${status.code}`}: ${said}`;
}

/**
 * Sets a checkout up and builds it, by its own launcher: which does so before it looks at the profile, and /dev/null is none (exit 2). Throws UserError (exit 1) where
 * it does not build.
 */
export async function buildSide(directory: string, logFile: string, signal: AbortSignal): Promise<void> {
  const status = await launch(directory, ['run', '/dev/null'], logFile, signal, buildMsMax).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      return error as Error;
    },
  );
  if (status instanceof Error) throw unbuildable(directory, status.message);
  if (status.code !== exitCode.badInput) throw unbuildable(directory, lastLines(logFile));
}

function unbuildable(directory: string, why: string): UserError {
  return new UserError(exitCode.measurementFailed, `${directory} does not build: ${why}`);
}

async function launch(
  directory: string,
  args: readonly string[],
  logFile: string,
  signal: AbortSignal,
  msMax: number,
): Promise<ExitStatus> {
  signal.throwIfAborted();
  const env = environmentOfCheckout();
  const child = spawn({ file: join(directory, 'netvm'), args, cpus: [], logFile, env });
  const stop = () => void leave(child);
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(stop, msMax);
  try {
    const status = await child.exited;
    signal.throwIfAborted();
    return status;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** As Ctrl-C does: it is in a process group of its own, which a terminal does not signal. */
async function leave(child: Child): Promise<void> {
  child.kill('SIGINT');
  await Promise.race([child.exited, sleep(leaveMs, undefined, { ref: false })]);
  child.kill('SIGKILL');
}

/** The end of a log, in one line. */
function lastLines(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').slice(-2000).trim().split('\n');
  return lines.slice(-3).join(' | ').slice(-500) || 'nothing';
}
