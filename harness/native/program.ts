import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectControl, type CallOptions, type Control } from './control.ts';
import { spawn, type Child, type ExitStatus } from './spawn.ts';

export interface ProgramOptions {
  /** For sentences and the log's name; unique within the run directory. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cpus: readonly number[];
  /** Its log is `<runDir>/<name>.log`. */
  readonly runDir: string;
}

/** A started program. */
export interface Program {
  readonly name: string;
  readonly child: Child;
  /** One sentence on how it ended, with the last line it said. */
  death(status: ExitStatus): Error;
  /** Asks it to leave (SIGTERM), and after a while makes it. Kept when it is gone. */
  stop(): Promise<void>;
}

export interface ControlledProgram extends Program {
  call(method: string, params: object, options: CallOptions): Promise<unknown>;
}

/** How long a program has to say that it is ready. DPDK takes 0.3 s; a busy machine is given much more. */
const readyMs = 20_000;
const pollMs = 10;
/** How long a program has to leave when asked. */
const leaveMs = 2_000;
/** How long a closed socket waits for the exit status that explains it. */
const explainMs = 2_000;

export function startProgram(options: ProgramOptions): Program {
  const { name, file, args, cpus, runDir } = options;
  const logFile = join(runDir, `${name}.log`);
  const child = spawn({ file, args, cpus, logFile });
  return {
    name,
    child,
    death: (status) => death(name, status, logFile),
    stop: () => stop(child, () => {}),
  };
}

/** Starts a program and waits until its control socket answers. A program that dies first is the error. */
export async function startControlled(
  options: ProgramOptions & { readonly socket: string; readonly signal: AbortSignal },
): Promise<ControlledProgram> {
  const program = startProgram(options);
  try {
    const control = await waitForControl(program, options.socket, options.signal);
    return {
      ...program,
      call: (method, params, callOptions) => control.call(method, params, callOptions),
      stop: () => stop(program.child, () => control.close()),
    };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

/** Polls until `ready` gives something other than null; bounded, abortable, ended by a program's death. */
export async function waitUntil<T>(
  what: string,
  programs: readonly Program[],
  signal: AbortSignal,
  ready: () => Promise<T | null>,
  limitMs = readyMs,
): Promise<T> {
  const limit = performance.now() + limitMs;
  for (;;) {
    signal.throwIfAborted();
    for (const program of programs) {
      if (program.child.status !== null) throw program.death(program.child.status);
    }
    const value = await ready();
    if (value !== null) return value;
    if (performance.now() > limit) throw new Error(`${what} within ${limitMs / 1000} s`);
    await sleep(pollMs);
  }
}

function waitForControl(program: Program, socket: string, signal: AbortSignal): Promise<Control> {
  const explain = async () => {
    const status = await Promise.race([program.child.exited, sleep(explainMs, null, { ref: false })]);
    return status === null ? new Error(`${program.name} closed its control socket`) : program.death(status);
  };
  return waitUntil(`${program.name} was not ready`, [program], signal, () =>
    connectControl(socket, program.name, explain).catch((error: NodeJS.ErrnoException) => {
      // Not there yet, or bound and not yet listening.
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return null;
      throw error;
    }),
  );
}

/** Asks a program to leave, and after a while makes it. */
export async function stop(child: Child, closed: () => void): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), leaveMs);
  await child.exited;
  clearTimeout(timer);
  closed();
}

/** One sentence on how a program ended, with the last line of its log. */
export function death(name: string, status: ExitStatus, logFile: string): Error {
  return new Error(`${name} ${describeExit(status)}${lastWords(logFile)}`);
}

function describeExit({ code, signal }: ExitStatus): string {
  return signal === null ? `exited with status ${code}` : `was killed by ${signal}`;
}

function lastWords(logFile: string): string {
  try {
    const line = readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1);
    return line ? `: ${line}` : '';
  } catch {
    return '';
  }
}
