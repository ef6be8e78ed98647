import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { Progress } from '../model/progress.ts';
import { archiveOf } from './archive.ts';
import {
  entryOf,
  guestImage,
  guestModules,
  hashOf,
  imageLink,
  imageOf,
  programsOf,
  readManifest,
  type GuestImage,
} from './image.ts';
import { kernelPackage, unpackKernel, type KernelPackage } from './kernel.ts';
import type { Manifest } from './manifest.ts';

export interface BuildOptions {
  /** The repository, with its native programs built. */
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface Built {
  readonly image: GuestImage;
  readonly manifest: Manifest;
  /** False: it was there already, of the same inputs. */
  readonly isNew: boolean;
}

/** More is not needed of an image beside its kernel. */
export const bytesBesideKernelMax = 16 << 20;
const steps = 4;

/** Makes the guest image, or finds it made. It is whole at every moment: a build that is killed leaves the one of before. Throws UserError (exit 3). */
export async function buildGuest({ root, signal, progress }: BuildOptions): Promise<Built> {
  const present = await guestImage(root);
  const found = 'reason' in present ? null : readManifest(imageLink(root));
  if (found !== null && 'kernel' in present) return { image: present, manifest: found, isNew: false };

  const state = join(root, '.netvm');
  progress.step(0, steps, "Debian's kernel");
  const kernel = await kernelPackage(join(state, 'guest-kernel'), signal);
  const inputs = await inputsOf(root, kernel);
  const hash = hashOf(inputs);
  const work = await mkdtemp(join(state, 'guest-new-'));
  try {
    progress.step(1, steps, 'unpacking it');
    const unpacked = await unpackKernel(kernel, inputs.modules, join(work, 'kernel'), signal);
    const image = join(work, 'image');
    await mkdir(join(image, 'nf'), { recursive: true });
    await cp(unpacked.file, join(image, unpacked.name));
    progress.step(2, steps, 'archives of init and the NFs');
    await writeArchives(root, inputs.programs, unpacked.modules, image);
    progress.step(3, steps, 'manifest');
    const manifest = await describe(image, hash, inputs);
    await writeFile(join(image, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    signal.throwIfAborted();
    const directory = await putInPlace(root, image, hash);
    return { image: imageOf(directory, manifest), manifest, isNew: true };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function inputsOf(
  root: string,
  { package: name, version, file }: KernelPackage,
): Promise<Manifest['inputs']> {
  const programs = await programsOf(root);
  if (!('init' in programs)) {
    throw new UserError(
      exitCode.testbedUnable,
      'the native programs are not built: ./netvm test native builds them',
    );
  }
  const { sha256 } = await entryOf(dirname(file), basename(file));
  return { kernel: { package: name, version, sha256 }, modules: [...guestModules], programs };
}

/** `initrd` is what every guest has, and `nf/<name>.cpio.gz` one NF: the launcher puts one behind the other, so a guest unpacks no NF but its own. */
async function writeArchives(
  root: string,
  programs: Manifest['inputs']['programs'],
  modules: readonly string[],
  image: string,
): Promise<void> {
  const always = new Map(
    modules.map((file, i) => [`modules/${String(i).padStart(2, '0')}-${basename(file)}`, file]),
  );
  for (const [place, { path }] of Object.entries(programs)) {
    const file = join(root, path);
    if (place === 'init') always.set(place, file);
    else await writeFile(join(image, `${place}.cpio.gz`), await archiveOf(new Map([[place, file]])));
  }
  await writeFile(join(image, 'initrd'), await archiveOf(always));
}

async function describe(image: string, hash: string, inputs: Manifest['inputs']): Promise<Manifest> {
  const entries = await readdir(image, { recursive: true, withFileTypes: true });
  const paths = entries.flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name).slice(image.length + 1)] : [],
  );
  const outputs = await Promise.all(paths.toSorted().map((path) => entryOf(image, path)));
  const beside = outputs.filter(({ path }) => !path.startsWith('vmlinu'));
  const bytesBesideKernel = beside.reduce((sum, { bytes }) => sum + bytes, 0);
  if (bytesBesideKernel > bytesBesideKernelMax) {
    throw new UserError(
      exitCode.testbedUnable,
      `the guest image has ${bytesBesideKernel} bytes beside its kernel, more than ${bytesBesideKernelMax}`,
    );
  }
  return { schema: 'guest/1', hash, inputs, outputs, bytesBesideKernel };
}

/** A link that is renamed over another is there at every moment. Images of before go, once nothing leads to them. */
async function putInPlace(root: string, image: string, hash: string): Promise<string> {
  const state = join(root, '.netvm');
  const name = `guest-${hash.slice(0, 16)}`;
  const directory = join(state, name);
  await rm(directory, { recursive: true, force: true });
  await rename(image, directory);
  const link = `${image}.link`;
  await symlink(name, link);
  await rename(link, imageLink(root));
  for (const other of await readdir(state)) {
    if (/^guest-[0-9a-f]{16}$/.test(other) && other !== name)
      await rm(join(state, other), { recursive: true, force: true });
  }
  return directory;
}
