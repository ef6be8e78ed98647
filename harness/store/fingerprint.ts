import { createHash } from 'node:crypto';
import { canonicalJson } from '../model/canonical.ts';
import type { HostFacts } from '../model/run.ts';

/** Of a host, what makes its figures incomparable with those of another, by the words of a message. */
export type ComparableFacts = Readonly<Record<string, string | number | boolean | null>>;

/**
 * 16 hexadecimal digits that are the same for two runs exactly where their hosts are comparable. Hosts count in their order: generator and device are not alike.
 */
export function fingerprintOf(hosts: readonly HostFacts[]): string {
  return digest(hosts.map(comparableFacts));
}

/** What differs between two lists of hosts, for messages: `kernel 6.1.0-32 -> 6.1.0-35`. Empty exactly where the fingerprints are the same. */
export function differencesOf(a: readonly HostFacts[], b: readonly HostFacts[]): string[] {
  return differences(a.map(comparableFacts), b.map(comparableFacts));
}

/**
 * What counts, and why.
 * - The CPU, its microcode and the cores given to us: how fast code runs.
 * - Kernel, command line, mitigations, governor, hypervisor: how often a core is taken away, what a system call and a wake-up cost.
 * - Memory (whole GiB, since the kernel keeps a little more or less of it for itself) and the size of huge pages: what the TLB reaches.
 * - DPDK: ports, pools and rings are its code, and it comes from the system, not from the checkout.
 *
 * What does not count: the commit and package-lock.json are under test. Node comes with the latter, and no packet passes it. Numbers of huge pages
 * change while we run. The rate of the TSC is measured anew each time. The host's name is the testbed's business: a machine rented for one night has another name each time.
 */
export function comparableFacts(host: HostFacts): ComparableFacts {
  const { cpuModel, cores, microcode, kernel, governor, hypervisor, dpdkVersion } = host;
  return {
    'CPU model': cpuModel,
    cores,
    microcode,
    kernel,
    'kernel command line': host.kernelCommandLine.trim().replace(/\s+/g, ' '),
    ...prefixed('mitigation of ', host.mitigations),
    governor,
    hypervisor,
    'memory GiB': Math.round(host.memoryBytes / 2 ** 30),
    'huge page kB': hugePageSizes(host.hugepages),
    DPDK: dpdkVersion,
  };
}

/** `/proc/meminfo` has the size in kB as `Hugepagesize`; where pools are listed by size, the size is in their names. */
function hugePageSizes(hugepages: HostFacts['hugepages']): string {
  const sizes = Object.keys(hugepages).flatMap((name) => /^([0-9]+)kB$/.exec(name)?.[1] ?? []);
  const usual = hugepages['Hugepagesize'];
  return [...new Set([...(usual === undefined ? [] : [String(usual)]), ...sizes])].sort().join(', ');
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
}

/** 16 hexadecimal digits of the SHA-256 of a value's canonical JSON. */
export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);
}

/** Of two lists of hosts (or of two settings, as lists of one), each part that is not the same. */
export function differences(a: readonly ComparableFacts[], b: readonly ComparableFacts[]): string[] {
  if (a.length !== b.length) return [`hosts ${a.length} -> ${b.length}`];
  return a.flatMap((one, i) => {
    const other = b[i] ?? {};
    const place = a.length > 1 ? `host ${i + 1}: ` : '';
    return [...new Set([...Object.keys(one), ...Object.keys(other)])]
      .filter((name) => canonicalJson(one[name] ?? null) !== canonicalJson(other[name] ?? null))
      .map((name) => `${place}${name} ${changed(one[name] ?? null, other[name] ?? null)}`);
  });
}

/** A command line may be long: more of a text than this is not shown. */
const shownMax = 60;

function changed(a: ComparableFacts[string] | undefined, b: ComparableFacts[string] | undefined): string {
  const [before, after] = [shown(a), shown(b)];
  if (Math.max(before.length, after.length) <= shownMax) return `${before} -> ${after}`;
  // From the first word on that is not the same.
  let same = 0;
  while (same < before.length && before[same] === after[same]) same++;
  const from = before.lastIndexOf(' ', same) + 1;
  return `${cut(before, from)} -> ${cut(after, from)}`;
}

function cut(text: string, from: number): string {
  const part = text.slice(from, from + shownMax);
  return `${from > 0 ? '…' : ''}${part}${from + shownMax < text.length ? '…' : ''}`;
}

function shown(value: ComparableFacts[string] | undefined): string {
  return value === null || value === undefined ? 'unknown' : String(value);
}
