import { exitCode, UserError } from '../model/errors.ts';
import type { Testbed } from './parse.ts';
import type { HostProbe } from './probe.ts';

/** One thing a testbed needs of its host. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found; one sentence with the remedy where it is not ok. */
  readonly finding: string;
}

/** Everything a local testbed needs. Pure: judges what was probed. */
export function checkHost(probe: HostProbe, testbed: Pick<Testbed, 'pages2M'>): Check[] {
  return [
    cores(probe),
    rights(probe),
    dpdk(probe),
    programs(probe),
    hugetlbfs(probe),
    hugePages(probe, testbed),
  ];
}

/** Throws UserError (exit 3) naming every check that failed. */
export function requireAll(checks: readonly Check[]): void {
  const failed = checks.filter((check) => !check.ok);
  if (failed.length === 0) return;
  throw new UserError(exitCode.testbedUnable, failed.map((check) => check.finding).join('\n'));
}

/** The testbed file names cores, so this one is looked at before it is read. */
export function cores({ cores: found }: Pick<HostProbe, 'cores'>): Check {
  const ok = found.length >= 2;
  return {
    name: 'cores',
    ok,
    finding: ok
      ? `${found.length} cores: ${found.join(', ')}`
      : 'only one core can be used, and generator and device need one each: give the machine a second one, or lift the taskset or cgroup limit',
  };
}

/** A testbed is held by one run at a time; `holder` says which, in words, or null. */
export function free(holder: string | null): Check {
  return { name: 'free', ok: holder === null, finding: holder ?? 'no run is using the testbed' };
}

function rights({ isRoot }: HostProbe): Check {
  return {
    name: 'rights',
    ok: isRoot,
    finding: isRoot
      ? 'root'
      : 'not root, and huge pages, mounts and pinning need it: run it as root, or install sudo and ./netvm uses it',
  };
}

function dpdk({ dpdkVersion }: HostProbe): Check {
  const [year = 0, month = 0] = (dpdkVersion ?? '').split('.').map(Number);
  const ok = year > 22 || (year === 22 && month >= 11);
  const remedy = 'apt-get install dpdk libdpdk-dev on Debian 12 or later, or let ./netvm quickstart do it';
  const found = dpdkVersion === null ? 'DPDK is not installed' : `DPDK ${dpdkVersion} is too old`;
  return {
    name: 'dpdk',
    ok,
    finding: ok ? `DPDK ${dpdkVersion}` : `${found}, 22.11 or later is needed: ${remedy}`,
  };
}

function programs({ programsMissing }: HostProbe): Check {
  const ok = programsMissing.length === 0;
  return {
    name: 'programs',
    ok,
    finding: ok
      ? 'native programs are built'
      : `not built: ${programsMissing.join(', ')}; ./netvm quickstart builds them, .netvm/setup.log says what went wrong`,
  };
}

function hugetlbfs({ hasHugetlbfs, pages2M }: HostProbe): Check {
  const ok = hasHugetlbfs && pages2M.supported;
  return {
    name: 'hugetlbfs',
    ok,
    finding: ok
      ? 'the kernel has huge pages of 2 MB'
      : 'the kernel has no huge pages of 2 MB: boot one with CONFIG_HUGETLBFS (every Debian kernel has it)',
  };
}

function hugePages({ pages2M, memoryAvailableBytes }: HostProbe, testbed: Pick<Testbed, 'pages2M'>): Check {
  const toReserve = Math.max(0, testbed.pages2M - pages2M.free);
  const spareBytes = 512 * mebibyte;
  const neededBytes = toReserve * 2 * mebibyte + spareBytes;
  const ok = memoryAvailableBytes >= neededBytes;
  const available = Math.floor(memoryAvailableBytes / mebibyte);
  return {
    name: 'huge pages',
    ok,
    finding: ok
      ? `${pages2M.free} of 2 MB free, ${toReserve} more to be reserved from ${available} MB`
      : `too little memory to reserve ${toReserve} huge pages of 2 MB: ${available} MB are available and ${neededBytes / mebibyte} are needed; end other programs or lower hugepages.pages2M in the testbed`,
  };
}

const mebibyte = 2 ** 20;
