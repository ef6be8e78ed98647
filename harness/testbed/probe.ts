import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { usualPageSizeBytes } from '../model/page-size.ts';
import { readPages, type HugePages } from './pages.ts';

/** What was found out about this machine, before anything is judged. */
export interface HostProbe {
  readonly isRoot: boolean;
  /** Cores this process may use, in order. */
  readonly cores: readonly number[];
  /** For example `22.11.11`; null where DPDK is not installed. */
  readonly dpdkVersion: string | null;
  readonly pages2M: HugePages;
  readonly memoryAvailableBytes: number;
  readonly hasHugetlbfs: boolean;
  /** Native programs that are not built. */
  readonly programsMissing: readonly string[];
}

/** Programs that a run starts. */
const programs = [
  'netvmd',
  'netvm-gen',
  'netvm-vswitch',
  ...['forward', 'firewall', 'monitor'].flatMap((nf) => [`nf-${nf}`, `nf-${nf}-virtio`]),
];

export async function probeHost(nativeDir: string): Promise<HostProbe> {
  return {
    isRoot: process.getuid?.() === 0,
    cores: allowedCores(),
    dpdkVersion: await dpdkVersion(),
    pages2M: readPages2M(),
    memoryAvailableBytes: memoryAvailableBytes(),
    hasHugetlbfs: (read('/proc/filesystems') ?? '').includes('hugetlbfs'),
    programsMissing: programs.filter((program) => !existsSync(join(nativeDir, program))),
  };
}

/** Cores this process may use: fewer than the machine has in a container, or under taskset. */
export function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(read('/proc/self/status') ?? '')?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

export function readPages2M(): HugePages {
  return readPages(usualPageSizeBytes);
}

export function memoryAvailableBytes(): number {
  return kilobytes(read('/proc/meminfo'), 'MemAvailable') * 1024;
}

export async function dpdkVersion(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('pkg-config', ['--modversion', 'libdpdk']);
    return stdout.trim();
  } catch {
    return null;
  }
}

export function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

export function kilobytes(meminfo: string | null, name: string): number {
  return Number(new RegExp(`^${name}:\\s*([0-9]+)`, 'm').exec(meminfo ?? '')?.[1] ?? 0);
}
