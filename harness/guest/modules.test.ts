import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { modulesInOrder, neededBy, moduleName } from './modules.ts';

const dir = mkdtempSync(join(tmpdir(), 'netvm-modules-'));
afterAll(() => rmSync(dir, { recursive: true }));

const moduleOf = (depends: string) =>
  Buffer.from(`\x7fELF\0license=GPL\0depends=${depends}\0retpoline=Y\0name=x\0`, 'latin1');

function kernelOf(needs: Readonly<Record<string, string>>): Map<string, string> {
  return new Map(
    Object.entries(needs).map(([file, depends]) => {
      writeFileSync(join(dir, file), moduleOf(depends));
      return [moduleName(file), join(dir, file)];
    }),
  );
}

test('a module says what it needs, by name', () => {
  expect(neededBy(moduleOf('virtio_ring,net-failover'))).toEqual(['virtio_ring', 'net_failover']);
  expect(neededBy(moduleOf(''))).toEqual([]);
  expect(neededBy(Buffer.from('no module'))).toEqual([]);
});

// Linux 6.1.187 had it the other way round.
test('each comes after those that it needs, once, whatever the kernel', async () => {
  const later = kernelOf({
    'virtio.ko': 'virtio_ring',
    'virtio_ring.ko': '',
    'virtio_net.ko': 'virtio,virtio_ring',
  });
  expect((await modulesInOrder(['virtio_net', 'virtio'], later)).map((file) => basename(file))).toEqual([
    'virtio_ring.ko',
    'virtio.ko',
    'virtio_net.ko',
  ]);
  const before = kernelOf({ 'virtio.ko': '', 'virtio_ring.ko': 'virtio', 'virtio_net.ko': 'virtio_ring' });
  expect((await modulesInOrder(['virtio_net'], before)).map((file) => basename(file))).toEqual([
    'virtio.ko',
    'virtio_ring.ko',
    'virtio_net.ko',
  ]);
});

test('one that is not there, or needs itself, is refused by the way that leads to it', async () => {
  await expect(modulesInOrder(['a'], kernelOf({ 'a.ko': 'b' }))).rejects.toThrow('has no module a > b');
  await expect(modulesInOrder(['a'], kernelOf({ 'a.ko': 'b', 'b.ko': 'a' }))).rejects.toThrow('a > b > a');
});
