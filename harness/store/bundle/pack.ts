import { chmod, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { create } from 'tar';
import { sha256 } from '../checksums.ts';
import { manifestFile, type Manifest } from './manifest.ts';

/** Whoever reads a bundle compresses its contents again, and sees whether a bit was changed that they do not depend on. */
export const gzipLevel = 6;

/** Every file below a directory, by its path there, sorted as the bundle has them. */
export async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** The manifest's list of what lies below a directory. */
export async function listFiles(root: string): Promise<Manifest['files']> {
  const files: Manifest['files'] = [];
  for (const path of await filesBelow(root)) {
    const { size } = await stat(join(root, path));
    files.push({ path, bytes: size, sha256: await sha256(join(root, path)) });
  }
  return files;
}

/**
 * Packs the directory `name` below `parent` into a gzipped tar. The same files give the same bytes: sorted, with one time, mode and owner. The manifest comes first, so that of a bundle that was cut short one can say
 * what should be there. Returns the file's SHA-256.
 */
export async function pack(parent: string, name: string, outFile: string): Promise<string> {
  const files = await filesBelow(join(parent, name));
  // Whoever has another umask must get the same.
  for (const file of files) await chmod(join(parent, name, file), 0o644);
  const first = files.toSorted((a, b) => Number(b === manifestFile) - Number(a === manifestFile));
  const temporary = `${outFile}.${process.pid}.tmp`;
  const options = { cwd: parent, portable: true, mtime: new Date(0), noDirRecurse: true } as const;
  const tar = create(
    options,
    first.map((file) => `${name}/${file}`),
  );
  try {
    const handle = await open(temporary, 'wx');
    await pipeline(
      tar as unknown as NodeJS.ReadableStream,
      createGzip({ level: gzipLevel }),
      handle.createWriteStream(),
    );
    await rename(temporary, outFile);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return sha256(outFile);
}
