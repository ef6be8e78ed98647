import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import type { HostFacts } from '../model/run.ts';
import { changesDigest, git } from './git.ts';
import { allowedCores, dpdkVersion, kilobytes, read } from './probe.ts';

/** Facts about this host that a reader of a result needs to judge it. `root` is the repository. */
export async function readFacts(root: string): Promise<HostFacts> {
  const cpuinfo = read('/proc/cpuinfo') ?? '';
  const meminfo = read('/proc/meminfo');
  const lock = read(join(root, 'package-lock.json'));
  return {
    host: hostname(),
    cpuModel: field(cpuinfo, 'model name') ?? 'unknown',
    cores: allowedCores().length,
    microcode: field(cpuinfo, 'microcode'),
    kernel: release(),
    kernelCommandLine: (read('/proc/cmdline') ?? '').trim(),
    mitigations: readDirectory('/sys/devices/system/cpu/vulnerabilities'),
    governor: trimmed('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    hypervisor: /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo)
      ? (trimmed('/sys/class/dmi/id/product_name') ?? 'unknown')
      : null,
    tscHz: tscHz(),
    tscInvariant: ['constant_tsc', 'nonstop_tsc'].every((flag) =>
      new RegExp(`^flags\\s*:.*\\b${flag}\\b`, 'm').test(cpuinfo),
    ),
    hugepages: Object.fromEntries(
      ['HugePages_Total', 'HugePages_Free', 'HugePages_Rsvd', 'Hugepagesize'].map((name) => [
        name,
        kilobytes(meminfo, name),
      ]),
    ),
    memoryBytes: kilobytes(meminfo, 'MemTotal') * 1024,
    dpdkVersion: (await dpdkVersion()) ?? 'none',
    nodeVersion: process.versions.node,
    ...(await gitFacts(root)),
    packageLockSha256: lock === null ? null : createHash('sha256').update(lock).digest('hex'),
  };
}

async function gitFacts(
  root: string,
): Promise<Pick<HostFacts, 'gitCommit' | 'gitDirty' | 'gitChangesSha256'>> {
  try {
    const gitCommit = (await git(root, 'rev-parse', 'HEAD')).trim();
    const gitChangesSha256 = await changesDigest(root);
    return { gitCommit, gitDirty: gitChangesSha256 !== null, gitChangesSha256 };
  } catch {
    return { gitCommit: null, gitDirty: null, gitChangesSha256: null };
  }
}

/** Known only where the kernel says it; the data plane's telemetry carries the calibrated rate. */
function tscHz(): number | null {
  const khz = trimmed('/sys/devices/system/cpu/cpu0/tsc_freq_khz');
  return khz === null ? null : Number(khz) * 1000;
}

function field(cpuinfo: string, name: string): string | null {
  return new RegExp(`^${name}\\s*:\\s*(.+)$`, 'm').exec(cpuinfo)?.[1] ?? null;
}

function trimmed(path: string): string | null {
  return read(path)?.trim() ?? null;
}

function readDirectory(directory: string): Record<string, string> {
  try {
    return Object.fromEntries(
      readdirSync(directory).map((name) => [name, trimmed(join(directory, name)) ?? '']),
    );
  } catch {
    return {};
  }
}
