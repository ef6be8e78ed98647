import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silent } from '../model/progress.ts';
import { buildGuest } from './build.ts';
import { guestImage, guestModules, imageLink } from './image.ts';
import { useImage } from './use.ts';

/** A checkout with programs of a few bytes, and a kernel's package that was downloaded before. */
let root = '';
const signal = new AbortController().signal;
const build = () => buildGuest({ root, signal, progress: silent });
const state = () => join(root, '.netvm');
const imagesThere = () => readdirSync(state()).filter((name) => /^guest-[0-9a-f]{16}$/.test(name));

function file(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const program = (name: string, text: string) => file(`native/build/bin/${name}`, text);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netvm-guest-'));
  const release = '6.1.0-1-cloud-amd64';
  const [name, control] = [`linux-image-${release}`, 'Version: 1\nArchitecture: amd64\nMaintainer: a <a@b>'];
  file('deb/DEBIAN/control', `Package: ${name}\n${control}\nDescription: none\n`);
  file(`deb/boot/vmlinuz-${release}`, 'a kernel');
  for (const module of guestModules) file(`deb/lib/modules/${release}/kernel/${module}.ko`, module);
  mkdirSync(join(state(), 'guest-kernel'), { recursive: true });
  const deb = join(state(), 'guest-kernel', `${name}_1_amd64.deb`);
  execFileSync('dpkg-deb', ['--build', join(root, 'deb'), deb], { stdio: 'ignore' });
  program('guest-init', 'init');
  for (const kind of ['', '-virtio', '-packet']) program(`nf-forward-guest${kind}`, `forward${kind}`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('an image has what every guest needs, and a second time it is found', async () => {
  const { image, isNew, manifest } = await build();
  expect(isNew).toBe(true);
  expect(readFileSync(image.kernel, 'utf8')).toBe('a kernel');
  expect(manifest.outputs.map(({ path }) => path)).toEqual([
    'initrd',
    'network.cpio.gz',
    'nf/forward.cpio.gz',
    'vmlinuz',
  ]);
  const again = await build();
  expect([again.isNew, again.image]).toEqual([false, image]);
});

test.each(['guest-init', 'nf-forward-guest', 'nf-forward-guest-virtio', 'nf-forward-guest-packet'])(
  'another %s is another image',
  async (name) => {
    const { image } = await build();
    program(name, 'another');
    expect(await guestImage(root)).toMatchObject({
      reason: expect.stringMatching(/other programs/) as string,
    });
    const anew = await build();
    expect([anew.isNew, anew.image.hash === image.hash]).toEqual([true, false]);
  },
);

test.each(['vmlinuz', 'initrd', 'nf/forward.cpio.gz'])(
  'an image whose %s is gone or cut short is made anew',
  async (name) => {
    const { image } = await build();
    const damaged = join(imageLink(root), name);
    const whole = readFileSync(damaged);
    for (const damage of [() => rmSync(damaged), () => writeFileSync(damaged, whole.subarray(1))]) {
      damage();
      expect(await guestImage(root)).toEqual({
        reason: `the guest image has no whole ${name}, which its manifest names: ./netvm guest build makes it anew`,
      });
      const anew = await build();
      expect([anew.isNew, anew.image]).toEqual([true, image]);
      expect(readFileSync(damaged)).toEqual(whole);
    }
  },
);

test('what killed builds have left goes, and builds at once make one image', async () => {
  file('.netvm/guest-new-abcdef/kernel/vmlinux', 'half');
  const built = await Promise.all([build(), build(), build()]);
  expect(built.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(new Set(built.map(({ image }) => image.kernel)).size).toBe(1);
  expect(readdirSync(state()).filter((name) => name.startsWith('guest-new-'))).toEqual([]);
});

test('an image of before goes, but not while something uses it', async () => {
  const first = await build();
  program('guest-init', 'second');
  const second = await build();
  expect([existsSync(first.image.kernel), imagesThere()]).toEqual([
    false,
    [`guest-${second.image.hash.slice(0, 16)}`],
  ]);
  await useImage(dirname(second.image.kernel));
  program('guest-init', 'third');
  await build();
  expect(readFileSync(second.image.kernel, 'utf8')).toBe('a kernel');
  expect(imagesThere()).toHaveLength(2);
  // What was built before is linked again, and its files are the same ones.
  program('guest-init', 'second');
  expect((await build()).image).toEqual(second.image);
});
