import type { Cell } from '../model/run.ts';
import { netvmdClient } from '../native/netvmd-client.ts';
import { waitUntil, type ControlledProgram } from '../native/program.ts';
import { chainNfsMax } from '../profile/plan.ts';
import type { DataplaneSite, Service } from './dataplane.ts';
import type { Place } from './domains.ts';
import { isInSlot, setService, startInstance, type Hop, type Instance } from './netvm-hops.ts';
import { netvmStatus } from './netvm-status.ts';

/** The instances of one hop, changed while packets pass. */
export function serviceOf(
  hop: Hop,
  hops: readonly Hop[],
  {
    cell,
    site,
    host,
  }: { readonly cell: Cell; readonly site: DataplaneSite; readonly host: ControlledProgram },
): Service {
  /** It is among those that are put down from its start on. */
  const join = async (signal: AbortSignal): Promise<void> => {
    const newcomer = startInstance(hop, freePlace(hop, hops), cell, site);
    hop.instances = [...hop.instances, newcomer];
    await waitUntil(`${newcomer.program.name} was not ready`, [host, newcomer.program], signal, async () => {
      const { nfs } = await netvmStatus(host, signal);
      return nfs.some((nf) => isInSlot(newcomer.place, nf) && nf.state === 'ready') ? true : null;
    });
  };
  const oldest = (): Instance => {
    const [first] = hop.instances;
    if (first === undefined || hop.instances.length === 1)
      throw new RangeError(`${hop.name} has one instance: without it nothing would forward`);
    return first;
  };
  const leave = async (instance: Instance, signal: AbortSignal): Promise<void> => {
    const others = hop.instances.filter((one) => one !== instance);
    await setService(host, hop, others, signal);
    // From here on its end is no death.
    hop.instances = others;
    try {
      const { domain, slot } = instance.place;
      await netvmdClient(host).nfStop({ domain, slot }, { signal });
      // It leaves by itself, and is not hurried: what it has counted is said last.
      await waitUntil(`${instance.program.name} did not leave its slot`, [host], signal, async () => {
        const { nfs } = await netvmStatus(host, signal);
        const isThere = nfs.some((nf) => isInSlot(instance.place, nf) && nf.state === 'ready');
        return isThere || instance.program.child.status === null ? null : true;
      });
    } finally {
      await instance.program.stop();
    }
  };
  return {
    name: hop.name,
    get size() {
      return hop.instances.length;
    },
    async add(signal) {
      await join(signal);
      await setService(host, hop, hop.instances, signal);
    },
    remove: async (signal) => leave(oldest(), signal),
    async replace(signal) {
      await join(signal);
      // One order takes the newcomer in and the oldest one out.
      await leave(oldest(), signal);
    },
    async received(signal) {
      const { nfs } = await netvmStatus(host, signal);
      return new Map(
        hop.instances.flatMap(({ place, program }) =>
          nfs.filter((nf) => isInSlot(place, nf)).map((nf) => [program.name, nf.received] as const),
        ),
      );
    },
  };
}

/** The lowest slot that no instance of the chain is in. */
function freePlace({ name, instances }: Hop, hops: readonly Hop[]): Place {
  const [beside] = instances;
  const taken = new Set(hops.flatMap((hop) => hop.instances.map(({ place }) => place.slot)));
  const slot = Array.from({ length: chainNfsMax }, (_, i) => i).find((free) => !taken.has(free));
  if (beside === undefined || slot === undefined)
    throw new RangeError(`${name}: no slot is free for one more instance, of ${chainNfsMax}`);
  return { ...beside.place, slot };
}
