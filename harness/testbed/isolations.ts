import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { GuestImage } from '../guest/image.ts';
import type { Accelerator, Isolation } from '../model/run.ts';

/** Whether NFs can be isolated in that way on this machine, found out by doing so. */
export interface IsolationFinding {
  readonly isolation: Isolation & ('microvm' | 'vm');
  readonly ok: boolean;
  /** What was found; a sentence with the remedy where it is not ok. */
  readonly finding: string;
}

/** Of virtual machines, also what runs them, and why that is not KVM. */
export interface VmFinding extends IsolationFinding {
  readonly accelerator: { readonly name: Accelerator; readonly reason: string | null } | null;
}

/** Whether NFs behind tap devices can be measured. */
export interface TapFinding {
  readonly dataplane: 'virtio-tap';
  readonly ok: boolean;
  readonly finding: string;
}

/** A probe runs a guest, under an emulator that may take seconds. */
const probeMsMax = 60_000;

const microvmAnswer = z.union([
  z.object({ usable: z.literal(true) }),
  z.object({ usable: z.literal(false), reason: z.string() }),
]);

const vmAnswer = z.object({ kvm: z.boolean(), reason: z.string().nullable().default(null) });

/** Runs a guest without an operating system, and says whether that went well. `native` is the directory of the native programs. */
export async function probeMicrovm(native: string, signal: AbortSignal): Promise<IsolationFinding> {
  const isolation = 'microvm';
  const asked = await ask(join(native, 'netvm-microvm'), ['--probe'], microvmAnswer, signal);
  if ('fault' in asked) return { isolation, ok: false, finding: asked.fault };
  if (asked.answer.usable) return { isolation, ok: true, finding: '/dev/kvm runs a guest of ours' };
  const remedy = 'run on a machine whose kernel gives it, or leave microvm out of isolations';
  return { isolation, ok: false, finding: `no guest of ours runs: ${asked.answer.reason}; ${remedy}` };
}

/** Looks for QEMU and the guest's image, and runs one to see whether KVM can: a /dev/kvm that opens is no proof. */
export async function probeVm(
  native: string,
  image: GuestImage | { readonly reason: string },
  signal: AbortSignal,
): Promise<VmFinding> {
  const isolation = 'vm';
  const lacks = (finding: string) => ({ isolation, ok: false, finding, accelerator: null }) as const;
  if (findQemu() === null)
    return lacks('there is no qemu-system-x86_64 on the PATH: apt-get install qemu-system-x86 on Debian');
  if ('reason' in image) return lacks(image.reason);
  const args = ['--probe', '--kernel', image.kernel, '--initrd', image.initrd];
  const asked = await ask(join(native, 'netvm-vm'), args, vmAnswer, signal);
  if ('fault' in asked) return lacks(asked.fault);
  const { kvm, reason } = asked.answer;
  const finding = kvm
    ? 'QEMU runs the guest by KVM'
    : `QEMU runs the guest by translation (TCG), and what it measures is emulated: ${reason ?? 'KVM runs none'}`;
  return {
    isolation,
    ok: true,
    finding,
    accelerator: { name: kvm ? 'kvm' : 'tcg', reason: kvm ? null : reason },
  };
}

/** Why this machine can make no tap device for a guest; null where it can, found out by making one: in a network namespace that goes with it, so nothing is left. */
export async function whyNoTap(signal: AbortSignal): Promise<string | null> {
  const args = ['--net', 'ip', 'tuntap', 'add', 'dev', 'nv-probe', 'mode', 'tap'];
  try {
    await promisify(execFile)('unshare', args, { signal, timeout: probeMsMax });
    return null;
  } catch (error) {
    signal.throwIfAborted();
    const { stderr } = error as { stderr?: string };
    const said = stderr?.trim().split('\n').at(-1);
    return `no tap device can be made (${said || (error as Error).message}): load the kernel module tun and be root, or leave virtio-tap out of dataplanes`;
  }
}

/** As a finding, beside those of isolations. */
export async function probeTap(signal: AbortSignal): Promise<TapFinding> {
  const reason = await whyNoTap(signal);
  return { dataplane: 'virtio-tap', ok: reason === null, finding: reason ?? 'a tap device can be made' };
}

function findQemu(): string | null {
  const directories = (process.env['PATH'] ?? '').split(':');
  return (
    directories.map((directory) => join(directory, 'qemu-system-x86_64')).find((file) => existsSync(file)) ??
    null
  );
}

/** One line of JSON that a program prints. */
async function ask<T>(
  file: string,
  args: readonly string[],
  schema: z.ZodType<T>,
  signal: AbortSignal,
): Promise<{ readonly answer: T } | { readonly fault: string }> {
  if (!existsSync(file)) return { fault: `not built: ${file}; ./netvm quickstart builds it` };
  try {
    const { stdout } = await promisify(execFile)(file, [...args], { signal, timeout: probeMsMax });
    return { answer: schema.parse(JSON.parse(stdout)) };
  } catch (error) {
    signal.throwIfAborted();
    const { stderr } = error as { stderr?: string };
    const said = stderr?.trim().split('\n').at(-1);
    return { fault: `${file} --probe failed: ${said || (error as Error).message}` };
  }
}
