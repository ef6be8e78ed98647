import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { manifestSchema, type FileEntry, type Manifest } from './manifest.ts';

/** What a guest is started from. */
export interface GuestImage {
  readonly kernel: string;
  readonly initrd: string;
  /** Over all that it was made of. */
  readonly hash: string;
}

/** Modules of the kernel that a guest with a network device loads, each after those that it needs: the kernel's driver, and the one by which DPDK reaches a device. */
export const guestModules = [
  ...['virtio_ring', 'virtio', 'virtio_pci_legacy_dev', 'virtio_pci_modern_dev', 'virtio_pci'],
  ...['failover', 'net_failover', 'virtio_net', 'uio', 'uio_pci_generic'],
] as const;

export const imageLink = (root: string) => join(root, '.netvm', 'guest');

/** The guest image of this checkout; or why there is none, and what to do. */
export async function guestImage(root: string): Promise<GuestImage | { readonly reason: string }> {
  const remedy = './netvm guest build makes it';
  const link = imageLink(root);
  if (!existsSync(join(link, 'manifest.json'))) return { reason: `there is no guest image yet: ${remedy}` };
  const manifest = readManifest(link);
  if (manifest === null) return { reason: `${link}/manifest.json is not of this version: ${remedy}` };
  const programs = await programsOf(root);
  if (hashOf({ ...manifest.inputs, modules: [...guestModules], programs }) !== manifest.hash)
    return { reason: `the guest image was made of other programs than those built now: ${remedy} anew` };
  return imageOf(realpathSync(link), manifest);
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
  const kernel = outputs.find(({ path }) => path.startsWith('vmlinu'))?.path ?? 'vmlinuz';
  return { kernel: join(directory, kernel), initrd: join(directory, 'initrd'), hash };
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

/** `init`, or `nf/<name>`; null of what is for no guest. */
function placeOf(program: string): string | null {
  if (program === 'guest-init') return 'init';
  const name = /^nf-([a-z0-9-]+)-guest$/.exec(program)?.[1];
  return name === undefined ? null : `nf/${name}`;
}

export async function entryOf(root: string, path: string): Promise<FileEntry> {
  const bytes = await readFile(join(root, path));
  return {
    path,
    bytes: (await stat(join(root, path))).size,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}
