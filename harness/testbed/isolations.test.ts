import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { probeMicrovm, probeTap, probeVm, whyNoTap } from './isolations.ts';

/** Shell scripts stand in for the programs, since what a machine cannot do is not to be had on every one. */
let native = '';
const signal = new AbortController().signal;
const image = { kernel: '/guest/kernel', initrd: '/guest/initrd', hash: 'f'.repeat(64) };

function program(name: string, script: string): void {
  writeFileSync(join(native, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(native, name), 0o755);
}

beforeEach(() => {
  native = mkdtempSync(join(tmpdir(), 'netvm-isolations-'));
  program('qemu-system-x86_64', 'exit 1');
  vi.stubEnv('PATH', `${native}:/usr/bin:/bin`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(native, { recursive: true, force: true });
});

describe('microvm', () => {
  test.each([
    [`echo '{"usable":true}'`, true, /runs a guest of ours/],
    [
      `echo '{"usable":false,"reason":"/dev/kvm: Permission denied"}'`,
      false,
      /no guest of ours runs: \/dev\/kvm: Permission denied; run on a machine/,
    ],
    ['echo "the host is on fire" >&2; exit 3', false, /netvm-microvm --probe failed: the host is on fire/],
    ['echo yes', false, /netvm-microvm --probe failed/],
    [`echo '{"usable":"perhaps"}'`, false, /netvm-microvm --probe failed/],
  ])('a probe that does %s', async (script, ok, finding) => {
    program('netvm-microvm', `test "$1" = --probe || exit 9; ${script}`);
    expect(await probeMicrovm(native, signal)).toEqual({
      isolation: 'microvm',
      ok,
      finding: expect.stringMatching(finding) as string,
    });
  });

  test('that is not built', async () => {
    expect((await probeMicrovm(native, signal)).finding).toMatch(
      /^not built: .*netvm-microvm; .\/netvm quickstart/,
    );
  });
});

describe('vm', () => {
  test.each([
    [`echo '{"kvm":true,"reason":null}'`, { name: 'kvm', reason: null }, /by KVM$/],
    [
      `echo '{"kvm":false,"reason":"the guest died"}'`,
      { name: 'tcg', reason: 'the guest died' },
      /by translation \(TCG\), and what it measures is emulated: the guest died/,
    ],
  ])('is there, and the accelerator is what a guest has run on: %s', async (script, accelerator, finding) => {
    const wanted = '--probe --kernel /guest/kernel --initrd /guest/initrd';
    program('netvm-vm', `test "$*" = "${wanted}" || exit 9; ${script}`);
    const found = await probeVm(native, image, signal);
    expect(found).toMatchObject({ isolation: 'vm', ok: true, accelerator });
    expect(found.finding).toMatch(finding);
  });

  test('lacks QEMU, an image, or the launcher: each with its remedy', async () => {
    program('netvm-vm', `echo '{"kvm":true,"reason":null}'`);
    const reason = 'there is no guest image yet: ./netvm guest build makes it';
    expect(await probeVm(native, { reason }, signal)).toMatchObject({
      ok: false,
      finding: reason,
      accelerator: null,
    });
    rmSync(join(native, 'netvm-vm'));
    expect((await probeVm(native, image, signal)).finding).toMatch(/^not built: .*netvm-vm/);
    rmSync(join(native, 'qemu-system-x86_64'));
    vi.stubEnv('PATH', native);
    expect((await probeVm(native, image, signal)).finding).toContain('apt-get install qemu-system-x86');
  });
});

describe('a tap device', () => {
  test('is made, where none of it is left', async () => {
    program('unshare', `test "$*" = "--net ip tuntap add dev nv-probe mode tap"`);
    expect(await probeTap(signal)).toMatchObject({ dataplane: 'virtio-tap', ok: true });
  });

  test('that cannot be made is said with the reason and the remedy', async () => {
    program('unshare', 'echo "ioctl(TUNSETIFF): Operation not permitted" >&2; exit 1');
    const { ok, finding } = await probeTap(signal);
    expect(ok).toBe(false);
    expect(finding).toMatch(
      /^no tap device can be made \(ioctl\(TUNSETIFF\): Operation not permitted\): load the kernel module tun .*leave virtio-tap out/,
    );
    vi.stubEnv('PATH', join(native, 'none'));
    expect(await whyNoTap(signal)).toMatch(/spawn unshare ENOENT/);
  });
});
