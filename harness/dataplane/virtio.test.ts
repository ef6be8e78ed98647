import { expect, test } from 'vitest';
import type { DataplaneSite } from './dataplane.ts';
import { guestProgram } from './virtio.ts';

const site: DataplaneSite = {
  native: '/bin',
  runDir: '/run',
  hugeDir: '/huge',
  core: 3,
  wire: '/run/wire',
  guest: { accelerator: 'tcg', kernel: '/k', initrd: '/i' },
  signal: new AbortController().signal,
};

test('a guest is on the core of its NF: one of its own where the device has such', () => {
  const coresOf = (at: DataplaneSite) =>
    [0, 1, 2].map((index) => {
      const place = { nf: 'forward', index, telemetry: '/t' };
      const { args, cpus } = guestProgram({ driver: 'virtio' }, place, { taps: 'nv-' }, at);
      return [args[args.indexOf('--core') + 1], cpus];
    });
  expect(coresOf(site)).toEqual([0, 1, 2].map(() => ['3', [3]]));
  expect(coresOf({ ...site, nfCores: [5, 7] })).toEqual([
    ['5', [5]],
    ['7', [7]],
    ['5', [5]],
  ]);
});
