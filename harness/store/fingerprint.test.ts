import { expect, test } from 'vitest';
import type { HostFacts } from '../model/run.ts';
import { differencesOf, fingerprintOf } from './fingerprint.ts';
import { syntheticFacts } from './fixture.ts';

const host = syntheticFacts()[0] as HostFacts;

test('a fingerprint is 16 hexadecimal digits, and the same whatever the order of the keys', () => {
  const backwards = Object.fromEntries(Object.entries(host).reverse()) as unknown as HostFacts;
  expect(fingerprintOf([host])).toMatch(/^[0-9a-f]{16}$/);
  expect(fingerprintOf([backwards])).toBe(fingerprintOf([host]));
});

test.each<[string, Partial<HostFacts>, string]>([
  ['another CPU', { cpuModel: 'Other CPU' }, 'CPU model Synthetic CPU -> Other CPU'],
  ['fewer cores', { cores: 1 }, 'cores 2 -> 1'],
  ['new microcode', { microcode: '0x1' }, 'microcode 0x0 -> 0x1'],
  ['no microcode', { microcode: null }, 'microcode 0x0 -> unknown'],
  ['a new kernel', { kernel: '6.1.0-35' }, 'kernel 6.1.0-synthetic -> 6.1.0-35'],
  ['another command line', { kernelCommandLine: 'quiet nosmt' }, 'kernel command line quiet -> quiet nosmt'],
  [
    'a mitigation off',
    { mitigations: { ...host.mitigations, spectre_v2: 'Vulnerable' } },
    'mitigation of spectre_v2 Mitigation: Retpolines -> Vulnerable',
  ],
  [
    'a mitigation that a kernel does not know',
    { mitigations: { meltdown: 'Not affected' } },
    'mitigation of spectre_v2 Mitigation: Retpolines -> unknown',
  ],
  ['a governor', { governor: 'performance' }, 'governor unknown -> performance'],
  ['bare metal', { hypervisor: null }, 'hypervisor kvm -> unknown'],
  ['more memory', { memoryBytes: 48 * 2 ** 30 }, 'memory GiB 24 -> 48'],
  ['larger pages', { hugepages: { '1048576kB': 4 } }, 'huge page kB 2048 -> 1048576'],
  ['a new DPDK', { dpdkVersion: '23.11.0' }, 'DPDK 22.11.0 -> 23.11.0'],
])('%s makes results incomparable, and is named', (_name, facts, message) => {
  const other = [{ ...host, ...facts }];
  expect(fingerprintOf(other)).not.toBe(fingerprintOf([host]));
  expect(differencesOf([host], other)).toEqual([message]);
});

test.each<[string, Partial<HostFacts>]>([
  ['the commit', { gitCommit: 'f'.repeat(40), gitDirty: false }],
  ['the lock of npm packages', { packageLockSha256: null }],
  ['Node', { nodeVersion: '27.0.0' }],
  ['the measured rate of the TSC', { tscHz: 2_600_000_123, tscInvariant: true }],
  ['free huge pages', { hugepages: { '2048kB': 12 } }],
  ['what the kernel keeps of the memory', { memoryBytes: 24 * 2 ** 30 - 3_000_000 }],
  ['the name of a machine rented for a night', { host: 'runner-4711' }],
  ['spaces of a command line', { kernelCommandLine: ' quiet\n' }],
])('%s does not', (_name, facts) => {
  const other = [{ ...host, ...facts }];
  expect(fingerprintOf(other)).toBe(fingerprintOf([host]));
  expect(differencesOf([host], other)).toEqual([]);
});

test('numbers of pages as /proc/meminfo names them do not count, their size does', () => {
  const pages = (total: number, size: number) => [
    {
      ...host,
      hugepages: { HugePages_Total: total, HugePages_Free: 0, HugePages_Rsvd: 0, Hugepagesize: size },
    },
  ];
  expect(fingerprintOf(pages(0, 2048))).toBe(fingerprintOf(pages(448, 2048)));
  expect(differencesOf(pages(0, 2048), pages(0, 1_048_576))).toEqual(['huge page kB 2048 -> 1048576']);
});

test('two hosts count in their order, and each difference names its host', () => {
  const fast = { ...host, cpuModel: 'Fast CPU' };
  expect(fingerprintOf([host, fast])).not.toBe(fingerprintOf([fast, host]));
  expect(differencesOf([host, fast], [host, host])).toEqual(['host 2: CPU model Fast CPU -> Synthetic CPU']);
  expect(differencesOf([host, fast], [host])).toEqual(['hosts 2 -> 1']);
});

test('of a long command line the part that differs is shown', () => {
  const long = `${'root=/dev/vda '.repeat(30)}isolcpus=`;
  const [message] = differencesOf(
    [{ ...host, kernelCommandLine: `${long}1 quiet` }],
    [{ ...host, kernelCommandLine: `${long}2 quiet` }],
  );
  expect(message).toBe('kernel command line …isolcpus=1 quiet -> …isolcpus=2 quiet');
});
