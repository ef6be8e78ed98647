import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestSchema, type FileEntry, type Manifest } from './manifest.ts';

/** What a guest is started from. */
export interface GuestImage {
  readonly kernel: string;
  readonly initrd: string;
  /** Over all that it was made of, and the programs that are handed to its guests beside it. */
  readonly hash: string;
}

/** Modules of the kernel that a guest with a network device loads, with those that they need: the kernel's driver, and the one by which DPDK reaches a device. */
export const guestModules = ['virtio_pci', 'virtio_net', 'uio_pci_generic'] as const;

export const imageLink = (root: string) => join(root, '.netvm', 'guest');

/** The guest image of this checkout; or why there is none, and what to do. */
export async function guestImage(root: string): Promise<GuestImage | { readonly reason: string }> {
  const found = foundImage(root, await programsOf(root));
  return 'reason' in found ? found : found.image;
}

/** The same with its manifest, for programs that were read already. */
export function foundImage(
  root: string,
  programs: Manifest['inputs']['programs'],
): { readonly image: GuestImage; readonly manifest: Manifest } | { readonly reason: string } {
  const remedy = './netvm guest build makes it';
  const link = imageLink(root);
  if (!existsSync(join(link, 'manifest.json'))) return { reason: `there is no guest image yet: ${remedy}` };
  const manifest = readManifest(link);
  if (manifest === null) return { reason: `${link}/manifest.json is not of this version: ${remedy}` };
  if (hashOf({ ...manifest.inputs, modules: [...guestModules], programs }) !== manifest.hash)
    return { reason: `the guest image was made of other programs than those built now: ${remedy} anew` };
  const lacking = lackingOf(link, manifest);
  if (lacking !== null)
    return { reason: `the guest image has no whole ${lacking}, which its manifest names: ${remedy} anew` };
  return { image: imageOf(realpathSync(link), manifest), manifest };
}

/** The first file of an image that is not there in its whole size; null where all are. */
export function lackingOf(directory: string, { outputs }: Manifest): string | null {
  const isThere = ({ path, bytes }: FileEntry) =>
    statSync(join(directory, path), { throwIfNoEntry: false })?.size === bytes;
  const needed = ['initrd', kernelOf(outputs)].find((path) => outputs.every((file) => file.path !== path));
  return needed ?? outputs.find((file) => !isThere(file))?.path ?? null;
}

function kernelOf(outputs: Manifest['outputs']): string {
  return outputs.find(({ path }) => path.startsWith('vmlinu'))?.path ?? 'vmlinuz';
}

export function readManifest(directory: string): Manifest | null {
  try {
    return (
      manifestSchema.safeParse(JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'))).data ??
      null
    );
  } catch {
    return null;
  }
}

export function imageOf(directory: string, { hash, outputs }: Manifest): GuestImage {
  return { kernel: join(directory, kernelOf(outputs)), initrd: join(directory, 'initrd'), hash };
}

export function hashOf(inputs: Manifest['inputs']): string {
  // Key by key in a fixed order: the hash must not depend on how an object came about.
  const programs = Object.entries(inputs.programs).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { kernel, modules } = inputs;
  const all = [
    kernel.package,
    kernel.version,
    kernel.sha256,
    modules,
    programs.map(([path, { sha256 }]) => [path, sha256]),
  ];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** The programs that were built for guests, by where they are in one. */
export async function programsOf(root: string): Promise<Record<string, FileEntry>> {
  const directory = 'native/build/bin';
  const names = (await readdir(join(root, directory)).catch(() => [])).toSorted();
  const programs: Record<string, FileEntry> = {};
  for (const name of names) {
    const place = placeOf(name);
    if (place !== null) programs[place] = await entryOf(root, `${directory}/${name}`);
  }
  return programs;
}

/**
 * `init`; `nf/<name>`; or `virtio/<name>` and `packet/<name>`, which are behind a network device and not in the image: the launcher hands one over, but what a guest runs is
 * told by one hash. Null of what is for no guest.
 */
function placeOf(program: string): string | null {
  if (program === 'guest-init') return 'init';
  const [, name, device = 'nf'] = /^nf-([a-z0-9-]+)-guest(?:-(virtio|packet))?$/.exec(program) ?? [];
  return name === undefined ? null : `${device}/${name}`;
}

export async function entryOf(root: string, path: string): Promise<FileEntry> {
  const bytes = await readFile(join(root, path));
  return {
    path,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
