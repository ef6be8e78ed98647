import { read } from './probe.ts';
import { readProcessStat } from '../native/process-stat.ts';

/** Who holds a testbed. A pid alone is not enough: it is given away again. */
export interface Owner {
  readonly pid: number;
  /** Start time of that process, in clock ticks since boot. */
  readonly startTicks: string;
  /** Changes with every boot: nothing provisioned survives one. */
  readonly bootId: string;
}

export function thisProcess(): Owner {
  return { pid: process.pid, startTicks: readProcessStat(process.pid)?.startTicks ?? '', bootId: bootId() };
}

export function isAlive(owner: Owner): boolean {
  return owner.bootId === bootId() && readProcessStat(owner.pid)?.startTicks === owner.startTicks;
}

export function bootId(): string {
  return (read('/proc/sys/kernel/random/boot_id') ?? '').trim();
}
