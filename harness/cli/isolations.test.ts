import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { guestModules, hashOf } from '../guest/image.ts';
import { isInUse } from '../guest/use.ts';
import { cell, plan } from '../measure/doubles.fixture.ts';
import type { Isolation } from '../model/run.ts';
import { examineIsolations, requireIsolations } from './isolations.ts';

/** A checkout in which shell scripts stand in for what runs guests. */
let root = '';
const site = () => ({ root, native: join(root, 'bin'), signal: new AbortController().signal });

function program(name: string, script: string): void {
  writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, 'bin', name), 0o755);
}

const planOf = (...isolations: readonly Isolation[]) =>
  plan(isolations.map((isolation, index) => cell({ index, isolation })));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'netvm-isolations-'));
  mkdirSync(join(root, 'bin'));
  program('qemu-system-x86_64', 'exit 1');
  program('netvm-microvm', `touch ${root}/asked; echo '{"usable":false,"reason":"no /dev/kvm"}'`);
  program('netvm-vm', `touch ${root}/asked; echo '{"kvm":true,"reason":null}'`);
  vi.stubEnv('PATH', `${join(root, 'bin')}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

test('a plan of processes needs nothing, and nothing is tried for it', async () => {
  expect(await requireIsolations(planOf('process', 'inline', 'none'), site())).toBeUndefined();
  expect(existsSync(join(root, 'asked'))).toBe(false);
});

test('what a plan needs and this machine cannot do is said, all of it, before anything starts', async () => {
  await expect(requireIsolations(planOf('process', 'microvm'), site())).rejects.toMatchObject({
    code: 3,
    message: expect.stringMatching(
      /^isolation microvm: no guest of ours runs: no \/dev\/kvm; run on/,
    ) as string,
  });
  await expect(requireIsolations(planOf('microvm', 'vm'), site())).rejects.toMatchObject({
    code: 3,
    message: expect.stringMatching(
      /^isolation microvm: .*\nisolation vm: there is no guest image yet: .\/netvm guest build makes it$/,
    ) as string,
  });
});

test('what virtual machines are started with is the image, and what a guest has run on', async () => {
  const kernel = { package: 'linux-image', version: '1', sha256: 'a'.repeat(64) };
  const inputs = { kernel, modules: [...guestModules], programs: {} };
  const hash = hashOf(inputs);
  const outputs = ['initrd', 'vmlinux'].map((path) => ({ path, bytes: 1, sha256: 'b'.repeat(64) }));
  mkdirSync(join(root, '.netvm', 'guest'), { recursive: true });
  const manifest = { schema: 'guest/1', hash, inputs, outputs, bytesBesideKernel: 0 };
  for (const { path } of outputs) writeFileSync(join(root, '.netvm', 'guest', path), 'x');
  writeFileSync(join(root, '.netvm', 'guest', 'manifest.json'), JSON.stringify(manifest));
  const there = { kernel: expect.stringMatching(/vmlinux$/) as string, imageSha256: hash };
  expect(await requireIsolations(planOf('vm'), site())).toMatchObject({
    ...there,
    accelerator: 'kvm',
    reason: null,
  });
  expect(isInUse(join(root, '.netvm', 'guest'))).toBe(true);
  program('netvm-vm', `echo '{"kvm":false,"reason":"it died"}'`);
  const tcg = { ...there, accelerator: 'tcg', reason: 'it died' };
  expect(await requireIsolations(planOf('process', 'vm'), site())).toMatchObject(tcg);
});

test('doctor has each, with the remedies', async () => {
  program('unshare', 'echo no tun here >&2; exit 1');
  expect(await examineIsolations(site())).toEqual([
    { isolation: 'microvm', ok: false, finding: expect.stringContaining('leave microvm out') as string },
    {
      isolation: 'vm',
      ok: false,
      finding: expect.stringContaining('./netvm guest build') as string,
      accelerator: null,
    },
    { dataplane: 'virtio-tap', ok: false, finding: expect.stringContaining('no tun here') as string },
  ]);
});
