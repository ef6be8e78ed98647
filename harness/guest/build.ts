import { cp, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { Progress } from '../model/progress.ts';
import { withLock } from '../native/lock.ts';
import { archiveOf } from './archive.ts';
import {
  entryOf,
  foundImage,
  guestModules,
  hashOf,
  imageLink,
  imageOf,
  lackingOf,
  programsOf,
  readManifest,
  type GuestImage,
} from './image.ts';
import { isInUse } from './use.ts';
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

/** Another build downloads a kernel at the most. */
const otherBuildMsMax = 5 * 60_000;
const workPrefix = 'guest-new-';

/** Makes the guest image, or finds it made. It is whole at every moment: a build that is killed leaves the one of before. Throws UserError (exit 3). */
export async function buildGuest(options: BuildOptions): Promise<Built> {
  const { root } = options;
  const state = join(root, '.netvm');
  await mkdir(state, { recursive: true });
  // One at a time: they would download into each other, and take each other's images away.
  const busy = 'another ./netvm is making the guest image: try again when it has done so';
  return (
    madeImage(root, await programsOf(root)) ??
    withLock(`${state} guest`, () => buildAlone(state, options), busy, otherBuildMsMax)
  );
}

/** Another may just have made it, and while it was waited for the programs may have become others. */
async function buildAlone(state: string, options: BuildOptions): Promise<Built> {
  const programs = await programsOf(options.root);
  return madeImage(options.root, programs) ?? makeImage(state, programs, options);
}

type Programs = Manifest['inputs']['programs'];

function madeImage(root: string, programs: Programs): Built | null {
  const found = foundImage(root, programs);
  return 'reason' in found ? null : { ...found, isNew: false };
}

async function makeImage(
  state: string,
  programs: Programs,
  { root, signal, progress }: BuildOptions,
): Promise<Built> {
  // Of builds that were killed: with the lock held nobody works in one.
  for (const name of await readdir(state))
    if (name.startsWith(workPrefix)) await rm(join(state, name), { recursive: true, force: true });
  progress.step(0, steps, "Debian's kernel");
  const kernel = await kernelPackage(join(state, 'guest-kernel'), signal);
  const inputs = await inputsOf(programs, kernel);
  const hash = hashOf(inputs);
  const work = await mkdtemp(join(state, workPrefix));
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
    const directory = await putInPlace(root, image, manifest);
    return { image: imageOf(directory, manifest), manifest, isNew: true };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function inputsOf(
  programs: Programs,
  { package: name, version, file }: KernelPackage,
): Promise<Manifest['inputs']> {
  if (!('init' in programs)) {
    throw new UserError(
      exitCode.testbedUnable,
      'the native programs are not built: ./netvm test native builds them',
    );
  }
  const { sha256 } = await entryOf(dirname(file), basename(file));
  return { kernel: { package: name, version, sha256 }, modules: [...guestModules], programs };
}

/**
 * `initrd` is what every guest has, `network.cpio.gz` the drivers of one with a network device, and `nf/<name>.cpio.gz` one NF: the launcher puts one behind the other, so a
 * guest unpacks no NF but its own.
 */
async function writeArchives(
  root: string,
  programs: Programs,
  modules: readonly string[],
  image: string,
): Promise<void> {
  const drivers = modules.map(
    (file, i) => [`modules/${String(i).padStart(2, '0')}-${basename(file)}`, file] as const,
  );
  await writeFile(join(image, 'network.cpio.gz'), await archiveOf(new Map(drivers), dirname(image)));
  const always = new Map<string, string>();
  for (const [place, { path }] of Object.entries(programs)) {
    const file = join(root, path);
    if (place === 'init') always.set(place, file);
    else if (place.startsWith('nf/'))
      await writeFile(
        join(image, `${place}.cpio.gz`),
        await archiveOf(new Map([[place, file]]), dirname(image)),
      );
  }
  await writeFile(join(image, 'initrd'), await archiveOf(always, dirname(image)));
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

/** A link that is renamed over another is there at every moment. Images of before go, once nothing leads to them and no process uses them. */
async function putInPlace(root: string, image: string, manifest: Manifest): Promise<string> {
  const state = join(root, '.netvm');
  const name = `guest-${manifest.hash.slice(0, 16)}`;
  const directory = join(state, name);
  const before = readManifest(directory);
  // One that is whole may be in use, and is the same.
  if (before?.hash !== manifest.hash || lackingOf(directory, before) !== null) {
    await rm(directory, { recursive: true, force: true });
    await rename(image, directory);
  }
  const link = `${image}.link`;
  await symlink(name, link);
  await rename(link, imageLink(root));
  await removeOthers(state, name);
  return directory;
}

async function removeOthers(state: string, name: string): Promise<void> {
  for (const other of await readdir(state)) {
    const directory = join(state, other);
    if (/^guest-[0-9a-f]{16}$/.test(other) && other !== name && !isInUse(directory))
      await rm(directory, { recursive: true, force: true });
  }
}
