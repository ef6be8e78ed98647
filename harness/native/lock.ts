import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode, UserError } from '../model/errors.ts';

const tryEveryMs = 50;

/**
 * Does `work` while no other process does the same for this file. The lock is a unix socket without a file
 * (abstract namespace): the kernel takes it back from a killed process, so it is never stale. Another one that keeps it
 * for longer than `waitMsMax` is a UserError (exit 3) that says `busy`.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  busy = 'another ./netvm is preparing this testbed right now: try again when it has done so',
  waitMsMax = 10_000,
): Promise<T> {
  const server = await lock(file, busy, waitMsMax);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function lock(file: string, busy: string, waitMsMax: number): Promise<Server> {
  for (let waitedMs = 0; waitedMs <= waitMsMax; waitedMs += tryEveryMs) {
    const server = createServer();
    const listening = await new Promise<boolean>((resolve, reject) => {
      server.once('listening', () => resolve(true));
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
      );
      server.listen({ path: `\0${nameOf(file)}`, exclusive: true });
    });
    if (listening) return server;
    await sleep(tryEveryMs);
  }
  throw new UserError(exitCode.testbedUnable, busy);
}

/** Of a unix socket's name, the kernel takes 107 bytes. */
const nameBytesMax = 100;

/** A longer path is known by its digest. */
function nameOf(file: string): string {
  const name = `netvm:${file}`;
  if (Buffer.byteLength(name) <= nameBytesMax) return name;
  return `netvm:${createHash('sha256').update(file).digest('hex')}`;
}
