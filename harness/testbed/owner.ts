import { read } from './probe.ts';

/** Who holds a testbed. A pid alone is not enough: it is given away again. */
export interface Owner {
  readonly pid: number;
  /** Start time of that process, in clock ticks since boot. */
  readonly startTicks: string;
  /** Changes with every boot: nothing provisioned survives one. */
  readonly bootId: string;
}

export function thisProcess(): Owner {
  return { pid: process.pid, startTicks: startTicks(process.pid) ?? '', bootId: bootId() };
}

export function isAlive(owner: Owner): boolean {
  return owner.bootId === bootId() && startTicks(owner.pid) === owner.startTicks;
}

export function bootId(): string {
  return (read('/proc/sys/kernel/random/boot_id') ?? '').trim();
}

/** Null where there is no such process, or where only its exit status is left. */
function startTicks(pid: number): string | null {
  // The name, in parentheses, may itself hold spaces and parentheses: count from the last one.
  const fields = read(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ');
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}
