import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

/**
 * A run starts guests from an image for hours, and a build of a newer one must not take it away meanwhile. What says so is a unix socket without a file (abstract namespace) for as
 * long as this process lives: the kernel takes it back from a killed one, so it is never stale.
 */
export async function useImage(directory: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) =>
      // This process has said so before.
      error.code === 'EADDRINUSE' ? resolve() : reject(error),
    );
    server.listen({ path: `\0${nameOf(directory)}${process.pid}`, exclusive: true });
  });
  server.unref();
}

/** Whether a process that is alive uses the image. */
export function isInUse(directory: string): boolean {
  return readFileSync('/proc/net/unix', 'utf8').includes(`@${nameOf(directory)}`);
}

/** Of a unix socket's name the kernel takes 107 bytes, so a path is known by its digest. */
function nameOf(directory: string): string {
  return `netvm-guest:${createHash('sha256').update(directory).digest('hex')}:`;
}
