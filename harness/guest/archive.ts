import { chmod, cp, lutimes, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';

/** A file of the host, by its path in the guest. */
export type Contents = ReadonlyMap<string, string>;

/**
 * An archive as the kernel unpacks it into its first file system (cpio, "new" format, gzip): the same contents make the same bytes. Names are sorted, all belongs to
 * root, and nothing was ever changed. They are staged in `directory`, and gone from it afterwards.
 */
export async function archiveOf(contents: Contents, directory: string): Promise<Buffer> {
  const stage = await mkdtemp(join(directory, 'archive-'));
  try {
    for (const [path, file] of contents) {
      await mkdir(dirname(join(stage, path)), { recursive: true });
      await cp(file, join(stage, path));
    }
    const names = (await readdir(stage, { recursive: true })).toSorted();
    for (const name of names) {
      await chmod(join(stage, name), 0o755);
      await lutimes(join(stage, name), 0, 0);
    }
    return gzipSync(await cpio(stage, names), { level: 9 });
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

async function cpio(directory: string, names: readonly string[]): Promise<Buffer> {
  const args = ['--create', '--format=newc', '--reproducible', '--owner=0:0', '--null', '--quiet'];
  const input = names.map((name) => `${name}\0`).join('');
  const { stdout } = await execa('cpio', args, {
    cwd: directory,
    input,
    encoding: 'buffer',
    maxBuffer: 256 << 20,
  });
  return Buffer.from(stdout);
}
