import { expect, test } from 'vitest';
import type { Cell } from '../model/run.ts';
import { nfCommand } from './nf-command.ts';
import type { DataplaneSite } from './dataplane.ts';

const site: DataplaneSite = {
  native: '/bin',
  runDir: '/run',
  hugeDir: '/huge',
  core: 3,
  wire: '/run/wire',
  signal: new AbortController().signal,
};
const guest = { accelerator: 'tcg', kernel: '/k', initrd: '/i' } as const;
const place = { domain: 0, slot: 5, region: '/huge/region' };
const command = (cell: Pick<Cell, 'isolation' | 'scheduling'>, at = site, nf = 'nat') => {
  const { file, args } = nfCommand({ nf, name: `nf0-${nf}`, core: 1 }, place, cell, at);
  return [file, ...args].join(' ');
};

const joins = '--region /huge/region --slot 5 --core 1 --mode shared';
const own = '-- --inside 198.18.0.0/16 --public 203.0.113.1';

test('an NF is started by its isolation, with the same place and the same options of its own', () => {
  expect(command({ isolation: 'process' })).toBe(`/bin/nf-nat ${joins} ${own}`);
  expect(command({ isolation: 'microvm' })).toBe(`/bin/netvm-microvm --nf /bin/nf-nat.bin ${joins} ${own}`);
  expect(command({ isolation: 'vm' }, { ...site, guest })).toBe(
    `/bin/netvm-vm --nf nat --kernel /k --initrd /i --accel tcg --serial /run/nf0-nat.serial.log --ready-s 90 ${joins} ${own}`,
  );
  expect(command({ isolation: 'microvm', scheduling: 'adaptive' }, site, 'forward')).toBe(
    '/bin/netvm-microvm --nf /bin/nf-forward.bin --region /huge/region --slot 5 --core 1 --mode adaptive',
  );
});

test('a virtual machine without an image is no command', () => {
  expect(() => command({ isolation: 'vm' })).toThrow("nf0-nat: there is no guest's image");
});
