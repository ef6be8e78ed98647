import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { addon } from './addon.ts';

export interface SpawnOptions {
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  /** Cores it may run on; any where the list is empty. */
  readonly cpus: readonly number[];
  /** It gets a network of its own, with nothing in it but a loopback that nobody else reaches (see inside.ts). Needs root. */
  readonly ownNetwork?: boolean;
  /** What it says on stdout and stderr is appended here (mode 0600). */
  readonly logFile: string;
  /** Its whole environment; PATH and LANG=C where left out. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
  /** Null while it runs. */
  readonly status: ExitStatus | null;
  /** Signals its whole process group; nothing where it has exited. */
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a program pinned to cores, in a process group of its own, without any file of the harness. The kernel kills it when
 * the harness dies, however that happens. Throws, with `errno`, where it cannot be started.
 */
export function spawn(options: SpawnOptions): Child {
  const stdinFd = openSync('/dev/null', 'r');
  const logFd = openSync(options.logFile, 'a', 0o600);
  try {
    return toChild(addon().spawn({ ...order(options), stdinFd, stdoutFd: logFd, stderrFd: logFd }));
  } finally {
    closeSync(stdinFd);
    closeSync(logFd);
  }
}

/**
 * The same, for a program that will not run without a terminal, or keeps its words back without one. `fd` is the caller's end,
 * to be read all the time (a program whose terminal is full stops) and closed.
 */
export function spawnInTerminal(options: Omit<SpawnOptions, 'logFile'>): { child: Child; fd: number } {
  const raw = addon().spawn({ ...order(options), stdinFd: 0, stdoutFd: 0, stderrFd: 0, terminal: true });
  return { child: toChild(raw), fd: raw.terminalFd };
}

const plainEnv = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C' };

function order({ file, args, cpus, ownNetwork = false, env = plainEnv }: Omit<SpawnOptions, 'logFile'>) {
  return {
    file,
    args,
    cpus,
    ownNetwork,
    env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
  };
}

function toChild(raw: ReturnType<ReturnType<typeof addon>['spawn']>): Child {
  let status: ExitStatus | null = null;
  const exited = raw.exited.then(({ code, signal }) => {
    status = { code, signal: signal === null ? null : signalName(signal) };
    return status;
  });
  return {
    pid: raw.pid,
    exited,
    get status() {
      return status;
    },
    kill(signal) {
      // The addon keeps the pid from being used again until `status` is known.
      if (status === null) killGroup(raw.pid, signal);
    },
  };
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function signalName(number: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return (found?.[0] ?? `SIG${number}`) as NodeJS.Signals;
}
