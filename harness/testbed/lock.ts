import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { exitCode, UserError } from '../model/errors.ts';

const triesMax = 200;

/**
 * Does `work` while no other process does the same for this file. The lock is a unix socket without a file
 * (abstract namespace): the kernel takes it back from a killed process, so it is never stale.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  busy = 'another ./netvm is preparing this testbed right now: try again when it has done so',
): Promise<T> {
  const server = await lock(file, busy);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function lock(file: string, busy: string): Promise<Server> {
  for (let tries = 0; tries < triesMax; tries++) {
    const server = createServer();
    const listening = await new Promise<boolean>((resolve, reject) => {
      server.once('listening', () => resolve(true));
      server.once('error', (error: NodeJS.ErrnoException) =>
        error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
      );
      server.listen({ path: `\0netvm:${file}`, exclusive: true });
    });
    if (listening) return server;
    await sleep(50);
  }
  throw new UserError(exitCode.testbedUnable, busy);
}
