import { readFileSync } from 'node:fs';

/** What the kernel says of a process (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly parentPid: number;
  /** Start time in clock ticks since boot: a pid is given away again. */
  readonly startTicks: string;
  /** Time that it and all its threads have run, in user space and in the kernel, ns, in steps of 10 ms. */
  readonly cpuNs: number;
}

/** USER_HZ is 100 on every Linux of x86-64 and arm64. */
const nsPerTick = 10_000_000;

/** Null where there is no such process, or where only its exit status is left. `procRoot` is /proc, or a directory that looks like it. */
export function readProcessStat(pid: number, procRoot = '/proc'): ProcessStat | null {
  // The name, in parentheses, may itself hold spaces and parentheses: count from the last one.
  const fields = readProcFile(`${procRoot}/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ');
  const [state] = fields ?? [];
  const startTicks = fields?.[19];
  if (startTicks === undefined || state === 'Z' || state === 'X') return null;
  return {
    parentPid: Number(fields?.[1]),
    startTicks,
    cpuNs: (Number(fields?.[11]) + Number(fields?.[12])) * nsPerTick,
  };
}

/** Null where the process, or the file, is gone. */
export function readProcFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
