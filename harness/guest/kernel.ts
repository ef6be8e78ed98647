import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exitCode, UserError } from '../model/errors.ts';
import { moduleName, modulesInOrder } from './modules.ts';

const run = promisify(execFile);

/** The package that stands for Debian's newest kernel for virtual machines. */
const metapackage = 'linux-image-cloud-amd64';
const debPattern = /^(linux-image-[0-9][^_]*)_([^_]+)_amd64\.deb$/;

export interface KernelPackage {
  readonly package: string;
  readonly version: string;
  readonly file: string;
}

/** The kernel's package: the one that was downloaded before, or Debian's newest. It is unpacked and never installed. Throws UserError (exit 3). */
export async function kernelPackage(cache: string, signal: AbortSignal): Promise<KernelPackage> {
  await mkdir(cache, { recursive: true });
  const kept = await newestIn(cache);
  if (kept !== null) return kept;
  const name = await newestName(signal);
  const partial = join(cache, 'partial');
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  await apt('apt-get', ['download', name], partial, signal);
  // Whole, or not there: a download that was cut short is in nobody's way.
  for (const file of await readdir(partial)) await rename(join(partial, file), join(cache, file));
  await rm(partial, { recursive: true });
  const got = await newestIn(cache);
  if (got === null)
    throw new UserError(exitCode.testbedUnable, `apt-get download ${name} brought no package into ${cache}`);
  return got;
}

async function newestIn(cache: string): Promise<KernelPackage | null> {
  const found = (await readdir(cache)).toSorted().flatMap((file): KernelPackage[] => {
    const [, name, version] = debPattern.exec(file) ?? [];
    return name === undefined || version === undefined
      ? []
      : [{ package: name, version: decodeURIComponent(version), file: join(cache, file) }];
  });
  return found.at(-1) ?? null;
}

async function newestName(signal: AbortSignal): Promise<string> {
  const about = await apt('apt-cache', ['--no-all-versions', 'show', metapackage], '/', signal);
  const name = /^Depends:.*?\b(linux-image-[0-9][\w.+-]*)/m.exec(about)?.[1];
  if (name === undefined)
    throw new UserError(
      exitCode.testbedUnable,
      `apt-cache show ${metapackage} names no kernel; apt-get update may help`,
    );
  return name;
}

async function apt(
  program: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<string> {
  try {
    return (await run(program, [...args], { cwd, signal, env: { ...process.env, LC_ALL: 'C' } })).stdout;
  } catch (error) {
    signal.throwIfAborted();
    const { stderr = String(error) } = error as { stderr?: string };
    const why = stderr.trimEnd().split('\n').at(-1) ?? '';
    throw new UserError(
      exitCode.testbedUnable,
      `Debian's kernel for guests cannot be had: ${program} ${args.join(' ')}: ${why}; check the network and the package sources (apt-get update shows what is wrong)`,
    );
  }
}

export interface UnpackedKernel {
  /** `vmlinux`, or `vmlinuz` where it is packed in a way not known here: QEMU starts both, the latter unpacks itself first, which takes a second under emulation. */
  readonly name: 'vmlinux' | 'vmlinuz';
  readonly file: string;
  /** Of the modules that were asked for and those that they need, in the order in which they can be loaded. */
  readonly modules: readonly string[];
}

/** Kernel and modules (by name, `virtio_net`) of a package, below `directory`. */
export async function unpackKernel(
  { file, package: name }: KernelPackage,
  modules: readonly string[],
  directory: string,
  signal: AbortSignal,
): Promise<UnpackedKernel> {
  await run('dpkg-deb', ['--extract', file, directory], { signal });
  const release = name.slice('linux-image-'.length);
  const bzImage = join(directory, 'boot', `vmlinuz-${release}`);
  const all = await readdir(join(directory, 'lib/modules', release, 'kernel'), {
    recursive: true,
    withFileTypes: true,
  });
  const files = new Map(
    all
      .filter((entry) => entry.name.endsWith('.ko'))
      .map((entry) => [moduleName(entry.name), join(entry.parentPath, entry.name)]),
  );
  const found = await modulesInOrder(modules, files);
  const payload = lz4PayloadOf(await readFile(bzImage));
  if (payload === null) return { name: 'vmlinuz', file: bzImage, modules: found };
  const [packed, vmlinux] = [join(directory, 'vmlinux.lz4'), join(directory, 'vmlinux')];
  await writeFile(packed, payload);
  await run('lz4', ['-d', '-q', '-f', packed, vmlinux], { signal });
  return { name: 'vmlinux', file: vmlinux, modules: found };
}

const lz4Magic = 0x184c2102;

/** The packed kernel in a bzImage (Documentation/x86/boot.rst, "payload_offset"), or null where it is not LZ4. Its last four bytes are its size unpacked. */
export function lz4PayloadOf(bzImage: Buffer): Buffer | null {
  if (bzImage.length < 0x250 || bzImage.toString('latin1', 0x202, 0x206) !== 'HdrS') return null;
  const setupSectors = bzImage.readUInt8(0x1f1) || 4;
  const start = (setupSectors + 1) * 512 + bzImage.readUInt32LE(0x248);
  const end = start + bzImage.readUInt32LE(0x24c) - 4;
  if (end > bzImage.length || end < start + 4 || bzImage.readUInt32LE(start) !== lz4Magic) return null;
  return bzImage.subarray(start, end);
}
