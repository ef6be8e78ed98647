import { dirname } from 'node:path';
import type { GuestMachine } from '../dataplane/dataplane.ts';
import { guestImage, type GuestImage } from '../guest/image.ts';
import { useImage } from '../guest/use.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { GuestInfo } from '../model/run.ts';
import type { Plan } from '../profile/plan.ts';
import {
  probeMicrovm,
  probeVm,
  probeTap,
  whyNoTap,
  type IsolationFinding,
  type TapFinding,
} from '../testbed/isolations.ts';
import type { Context } from './context.ts';

type Site = Pick<Context, 'root' | 'native' | 'signal'>;

/** What each isolation beside processes finds on this machine, and tap devices; nobody needs them but profiles that name them. */
export async function examineIsolations({
  root,
  native,
  signal,
}: Site): Promise<(IsolationFinding | TapFinding)[]> {
  return [
    await probeMicrovm(native, signal),
    await probeVm(native, await guestImage(root), signal),
    await probeTap(signal),
  ];
}

/**
 * Throws UserError (exit 3) where this machine cannot isolate NFs as the plan wants, with each reason. Kept with what its virtual machines are, and
 * are to be started with; undefined where it has none.
 */
export async function requireIsolations(
  { cells }: Plan,
  { root, native, signal }: Site,
): Promise<(GuestMachine & GuestInfo) | undefined> {
  const wanted = new Set(cells.map(({ isolation }) => isolation));
  const faults: string[] = [];
  const note = ({ isolation, ok, finding }: IsolationFinding) => {
    if (!ok) faults.push(`isolation ${isolation}: ${finding}`);
  };
  if (wanted.has('microvm')) note(await probeMicrovm(native, signal));
  const image = wanted.has('vm') ? await guestImage(root) : null;
  if (image !== null && 'kernel' in image) await useImage(dirname(image.kernel));
  const vm = image === null ? null : await probeVm(native, image, signal);
  if (vm !== null) note(vm);
  const noTap = cells.some(({ dataplane }) => dataplane === 'virtio-tap') ? await whyNoTap(signal) : null;
  if (noTap !== null) faults.push(`virtio-tap: ${noTap}`);
  if (faults.length > 0) throw new UserError(exitCode.testbedUnable, faults.join('\n'));
  return image === null || vm === null ? undefined : guestOf(image, vm.accelerator);
}

function guestOf(
  image: GuestImage | { readonly reason: string },
  accelerator: Awaited<ReturnType<typeof probeVm>>['accelerator'],
): (GuestMachine & GuestInfo) | undefined {
  if ('reason' in image || accelerator === null) return undefined;
  const { kernel, initrd, hash: imageSha256 } = image;
  return { kernel, initrd, imageSha256, accelerator: accelerator.name, reason: accelerator.reason };
}
