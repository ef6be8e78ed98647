import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { buildGuest } from '../guest/build.ts';
import type { GuestImage } from '../guest/image.ts';
import { useImage } from '../guest/use.ts';
import { silent } from '../model/progress.ts';
import { startProgram, type Program } from '../native/program.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { native, root } from './testbed.fixture.ts';

/** The guest image of this checkout, made where it is not there yet. */
export async function builtImage(): Promise<GuestImage> {
  const { image } = await buildGuest({ root, signal: new AbortController().signal, progress: silent });
  await useImage(dirname(image.kernel));
  return image;
}

export interface VmNf {
  readonly slot: number;
  /** `forward` where left out; or the file of a program for guests. */
  readonly nf?: string;
  readonly options?: readonly string[];
  readonly region?: string;
  readonly mode?: 'poll' | 'adaptive' | 'shared';
  /** Other than the slot's number in the log's name. */
  readonly name?: string;
  /** `tcg` where left out. */
  readonly accel?: 'kvm' | 'tcg';
  /** Limits and other files of the launcher's. */
  readonly launcher?: readonly string[];
}

export const serialOf = (env: LocalTestbedEnv, name: string) => join(env.runDir, `${name}.serial`);

/** Joins a region of the testbed with an NF in a virtual machine, on the device's core. */
export function startVm(env: LocalTestbedEnv, image: GuestImage, vm: VmNf): Program {
  const {
    slot,
    nf = 'forward',
    options = [],
    region = 'region',
    mode = 'shared',
    accel = 'tcg',
    launcher = [],
  } = vm;
  const { name = `vm${slot}` } = vm;
  return startProgram({
    name,
    file: join(native, 'netvm-vm'),
    args: [
      ...['--nf', nf, '--kernel', image.kernel, '--initrd', image.initrd, '--accel', accel],
      ...['--serial', serialOf(env, name), '--core', String(env.deviceCore)],
      '--boot-core',
      String(env.generatorCore),
      ...['--region', join(env.hugeDir, region), '--slot', String(slot), '--mode', mode],
      ...launcher,
      ...(options.length === 0 ? [] : ['--', ...options]),
    ],
    cpus: [env.deviceCore],
    runDir: env.runDir,
  });
}

/** The pid of its QEMU. */
export function qemuOf({ child: { pid } }: Program): number {
  const [qemu] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return Number(qemu);
}

const probed = z.object({ kvm: z.boolean(), reason: z.string().optional() });

/** Whether a guest really runs on KVM here; or why not. */
export function probeKvm(image: GuestImage): z.infer<typeof probed> {
  const args = ['--probe', '--kernel', image.kernel, '--initrd', image.initrd];
  return probed.parse(JSON.parse(execFileSync(join(native, 'netvm-vm'), args, { encoding: 'utf8' })));
}
