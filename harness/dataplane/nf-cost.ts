import type { NfCost } from '../model/run.ts';
import { tscHz, tscNow } from '../native/clock.ts';
import { privateBytes } from '../native/memory.ts';
import type { ControlledProgram } from '../native/program.ts';
import { isInSlot, type Hop } from './netvm-hops.ts';
import { netvmStatus } from './netvm-status.ts';

/** What it takes to have NFs that are programs of their own. One that is gone, or not ready, is left out. */
export async function costsOfHops(
  hops: readonly Hop[],
  host: ControlledProgram,
  signal: AbortSignal,
): Promise<NfCost[]> {
  const { nfs } = await netvmStatus(host, signal);
  const ticksPerMs = tscHz() / 1e3;
  return hops.flatMap(({ instances }) =>
    instances.flatMap(({ place, program, requestedTsc }) => {
      const nf = nfs.find((one) => isInSlot(place, one) && one.state === 'ready');
      const memoryBytes = privateBytes(program.child.pid);
      if (nf === undefined || memoryBytes === null) return [];
      const startMs = (nf.readyTsc - requestedTsc) / ticksPerMs;
      const startWithinMs = nf.readyWithinTicks / ticksPerMs;
      return { name: program.name, startMs, startWithinMs: Math.min(startMs, startWithinMs), memoryBytes };
    }),
  );
}

/** What it takes the host to have an NF in it, which `load` makes it have: until it has answered, and by so much it has grown. */
export async function costOfLoading(
  name: string,
  host: ControlledProgram,
  load: () => Promise<void>,
): Promise<NfCost> {
  const pid = host.child.pid;
  const before = privateBytes(pid) ?? 0;
  const requestedTsc = tscNow();
  await load();
  const ticks = tscNow() - requestedTsc;
  const memoryBytes = Math.max(0, (privateBytes(pid) ?? before) - before);
  return { name, startMs: ticks / (tscHz() / 1e3), startWithinMs: 0, memoryBytes };
}
