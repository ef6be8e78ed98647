import { connectControl } from '../native/control.ts';
import { netvmdStatus } from '../native/netvmd-status.ts';
import type { RunningProgram } from './find.ts';

/** What netvmd knows of one of its NFs. */
export interface RingReading {
  /** Packets in the ring that leads into it, and how many fit. */
  readonly depth: number;
  readonly entries: number;
  /** Packets that it says it has had since it started. */
  readonly received: number;
}

const callTimeoutMs = 500;

/** Asks every netvmd among the programs about its NFs. One that does not answer in time is left out. */
export async function readRings(
  programs: readonly RunningProgram[],
): Promise<ReadonlyMap<RunningProgram, RingReading>> {
  const rings = new Map<RunningProgram, RingReading>();
  await Promise.all(
    programs
      .filter(({ program, control }) => program === 'netvmd' && control !== null)
      .map(async ({ control }) => {
        for (const nf of await nfsOf(control ?? '')) {
          const program = programs.find(({ pid, slot }) => pid === nf.pid && slot === nf.slot);
          if (program !== undefined) rings.set(program, { ...nf.ring, received: nf.received });
        }
      }),
  );
  return rings;
}

async function nfsOf(socket: string) {
  try {
    const control = await connectControl(socket, 'netvmd', () =>
      Promise.resolve(new Error('netvmd closed its control socket')),
    );
    try {
      return netvmdStatus.parse(await control.call('status', {}, { timeoutMs: callTimeoutMs })).nfs;
    } finally {
      control.close();
    }
  } catch {
    // It is just starting or leaving.
    return [];
  }
}
