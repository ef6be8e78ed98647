import { Socket } from 'node:net';
import { constants } from 'node:os';
import { addon } from './addon.ts';
import type { Child } from './spawn.ts';

/**
 * A stream to 127.0.0.1:port in the network of a program that has one of its own (`ownNetwork`): a port without
 * authentication, or one that listens on every address, is reached by nobody else there. Null where nobody listens yet.
 */
export function connectInside(child: Child, port: number): Socket | null {
  try {
    return new Socket({
      fd: addon().connectInside({ pid: child.pid, port }),
      readable: true,
      writable: true,
    });
  } catch (error) {
    if ((error as { errno?: number }).errno === constants.errno.ECONNREFUSED) return null;
    throw error;
  }
}
