import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Of a file of an archive: its run of 2,000 cells takes 6 MB, its trials some 500 MB, which is also what a text can hold. */
export const archiveBytesMax = 500 * 2 ** 20;
/** Of those that are read as a whole document. */
export const documentBytesMax = 64 * 2 ** 20;

/** Why a file is not read. */
export class NotPlain extends Error {}

/**
 * The text of a plain file of at most `bytesMax` bytes; null where there is none. An archive may come from anybody: a link would lead out of it, a pipe or a device would go on for ever, and a huge file costs
 * memory to be refused. Throws NotPlain, whose message follows the file's name.
 */
export async function readPlain(file: string, bytesMax: number): Promise<string | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw new NotPlain(
        error.code === 'ELOOP'
          ? 'is a symbolic link: it is not followed'
          : `cannot be read (${error.code ?? error.message})`,
      );
    },
  );
  if (handle === null) return null;
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new NotPlain('is not a plain file');
    if (found.size > bytesMax) throw new NotPlain(`has ${found.size} bytes; expected at most ${bytesMax}`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
