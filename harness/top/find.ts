import { readdirSync } from 'node:fs';
import { basename, relative, sep } from 'node:path';
import { read } from '../testbed/probe.ts';
import { readProcessStat } from '../native/process-stat.ts';

/** A program of a run that is alive: the harness gives each a path below the run's directory. */
export interface RunningProgram {
  readonly pid: number;
  /** Start time in clock ticks since boot: a pid is given away again. */
  readonly startTicks: string;
  /** Name of its file: `netvmd`, `netvm-gen`, `nf-forward`. */
  readonly program: string;
  /** The run it belongs to. */
  readonly runId: string;
  /** Cores that it may run on. */
  readonly cores: string;
  /** Where it keeps its counters; null for an NF of netvmd, which has none of its own. */
  readonly telemetry: string | null;
  readonly control: string | null;
  /** Of an NF of netvmd its place in the region, else null. */
  readonly slot: number | null;
}

/**
 * The programs of all runs below `runRoot`, by run and then by pid. A process that ends meanwhile is left out. `procRoot` is /proc, or a
 * directory that looks like it.
 */
export function findPrograms(runRoot: string, procRoot = '/proc'): RunningProgram[] {
  return readdirSync(procRoot)
    .filter((name) => /^[0-9]+$/.test(name))
    .flatMap((pid) => programOf(procRoot, Number(pid), runRoot) ?? [])
    .sort((a, b) => (a.runId === b.runId ? a.pid - b.pid : a.runId < b.runId ? -1 : 1));
}

const programs = /^(netvmd|netvm-gen|netvm-vswitch|netvm-microvm|netvm-vm|nf-[a-z0-9-]+)$/;

function programOf(procRoot: string, pid: number, runRoot: string): RunningProgram | null {
  const [file = '', ...args] = (read(`${procRoot}/${pid}/cmdline`) ?? '').split('\0');
  const program = basename(file);
  if (!programs.test(program)) return null;
  const ours = args.find((arg) => arg.startsWith(`${runRoot}${sep}`));
  const stat = readProcessStat(pid, procRoot);
  if (ours === undefined || stat === null) return null;
  const valueOf = (option: string) => {
    // What follows belongs to the NF itself.
    const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
    const at = own.indexOf(option);
    return at < 0 ? null : (own[at + 1] ?? null);
  };
  const slot = valueOf('--slot');
  return {
    pid,
    startTicks: stat.startTicks,
    program,
    runId: relative(runRoot, ours).split(sep)[0] ?? '',
    cores: /^Cpus_allowed_list:\s*(\S+)$/m.exec(read(`${procRoot}/${pid}/status`) ?? '')?.[1] ?? '?',
    telemetry: valueOf('--telemetry'),
    control: valueOf('--control'),
    slot: slot === null ? null : Number(slot),
  };
}

/** Time that a program has run on any core, ns, as the kernel accounts it (10 ms steps); null where it is gone. */
export function cpuNs({ pid, startTicks }: RunningProgram, procRoot = '/proc'): number | null {
  const stat = readProcessStat(pid, procRoot);
  return stat === null || stat.startTicks !== startTicks ? null : stat.cpuNs;
}
