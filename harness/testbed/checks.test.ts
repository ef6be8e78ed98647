import { expect, test } from 'vitest';
import { checkHost, requireAll } from './checks.ts';
import type { HostProbe } from './probe.ts';

const sound: HostProbe = {
  isRoot: true,
  cores: [0, 1],
  dpdkVersion: '22.11.11',
  pages2M: { supported: true, total: 0, free: 0 },
  memoryAvailableBytes: 8 * 2 ** 30,
  hasHugetlbfs: true,
  programsMissing: [],
};

test('a sound machine passes every check', () => {
  const checks = checkHost(sound, { pages2M: 448 });
  expect(checks.map((check) => check.ok)).toEqual(checks.map(() => true));
  expect(() => requireAll(checks)).not.toThrow();
});

test.each<[string, Partial<HostProbe>, RegExp]>([
  ['one core', { cores: [3] }, /^only one core .*: give the machine a second one/],
  ['no rights', { isRoot: false }, /^not root.*: run it as root, or install sudo/],
  ['no DPDK', { dpdkVersion: null }, /^DPDK is not installed.*: apt-get install dpdk/],
  ['an old DPDK', { dpdkVersion: '21.11.9' }, /^DPDK 21\.11\.9 is too old, 22\.11 or later/],
  ['no programs', { programsMissing: ['netvmd'] }, /^not built: netvmd; \.\/netvm quickstart builds/],
  ['no hugetlbfs', { hasHugetlbfs: false }, /^the kernel has no huge pages of 2 MB: boot one/],
  [
    'too little memory',
    { memoryAvailableBytes: 2 ** 30 },
    /^too little memory .* 1024 MB .* 1408 are needed; end other/,
  ],
])('%s is one sentence with the remedy, exit 3', (_name, change, sentence) => {
  const failed = checkHost({ ...sound, ...change }, { pages2M: 448 }).filter((check) => !check.ok);
  expect(failed).toHaveLength(1);
  expect(failed[0]?.finding).toMatch(sentence);
  expect(failed[0]?.finding).not.toContain('\n');
  expect(() => requireAll(failed)).toThrow(expect.objectContaining({ code: 3 }) as Error);
});

test('newer DPDK is fine, and so are pages that somebody reserved before', () => {
  for (const dpdkVersion of ['22.11.0', '23.03.1', '24.11.2']) {
    expect(checkHost({ ...sound, dpdkVersion }, { pages2M: 448 }).every((check) => check.ok)).toBe(true);
  }
  const reserved = {
    pages2M: { supported: true, total: 500, free: 450 },
    memoryAvailableBytes: 600 * 2 ** 20,
  };
  expect(checkHost({ ...sound, ...reserved }, { pages2M: 448 }).every((check) => check.ok)).toBe(true);
});
