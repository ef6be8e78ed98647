import type { Cell } from '../model/run.ts';
import { tscNow } from '../native/clock.ts';
import { netvmdClient } from '../native/netvmd-client.ts';
import type { Hop as ChainHop, NetvmdStatus } from '../native/netvmd-protocol.ts';
import { startProgram, type ControlledProgram, type Program } from '../native/program.ts';
import { nfCore, type DataplaneSite } from './dataplane.ts';
import { placesOf, type Place } from './domains.ts';
import { nfCommand } from './nf-command.ts';

/** A process of an NF, in its slot. */
export interface Instance {
  readonly place: Place;
  readonly program: Program;
  /** When it was asked for, by the time-stamp counter. */
  readonly requestedTsc: number;
}

/** An NF of a chain. */
export interface Hop {
  readonly nf: string;
  /** `nf0-forward`: its place in the chain, and what it is. Of a service its name. */
  readonly name: string;
  /** netvmd spreads its packets over instances; else it is one process that the chain names by its slot. */
  readonly isService: boolean;
  /** Oldest first. */
  instances: Instance[];
  /** So many were started so far. */
  started: number;
}

/** The NFs of a cell's chain, none of them started. A service is needed for several instances, and for one that others join. */
export function hopsOf({ nfs, instances = 1, method }: Cell): Hop[] {
  const isService = instances > 1 || method === 'scaling';
  return nfs.map((nf, place) => ({ nf, name: `nf${place}-${nf}`, isService, instances: [], started: 0 }));
}

export function startHops(hops: readonly Hop[], cell: Cell, site: DataplaneSite): void {
  const places = placesOf(cell, site.hugeDir);
  for (const [i, hop] of hops.entries())
    for (const place of places[i] ?? []) hop.instances.push(startInstance(hop, place, cell, site));
}

/** Of a service each has a number of its own, whichever slot it is in. */
export function startInstance(hop: Hop, place: Place, cell: Cell, site: DataplaneSite): Instance {
  const { nf, isService } = hop;
  hop.started++;
  const name = isService ? `${hop.name}.${hop.started}` : hop.name;
  // Slots are numbered along the chain.
  const core = nfCore(site, place.slot);
  const command = nfCommand({ nf, name, core }, place, cell, site);
  const requestedTsc = tscNow();
  const program = startProgram({ name, ...command, cpus: [core], runDir: site.runDir });
  return { place, program, requestedTsc };
}

/** In the order of the chain, and within a service oldest first. */
export function programsOfHops(hops: readonly Hop[]): Program[] {
  return hops.flatMap(({ instances }) => instances.map(({ program }) => program));
}

/** Puts the chain to work: packets pass when this is kept. All instances must be ready. */
export async function setChain(
  host: ControlledProgram,
  hops: readonly Hop[],
  signal: AbortSignal,
): Promise<void> {
  for (const hop of hops) if (hop.isService) await setService(host, hop, hop.instances, signal);
  const names = hops.flatMap(({ isService, name, instances }): ChainHop[] =>
    isService ? [{ service: name }] : instances.map(({ place: { domain, slot } }) => ({ domain, slot })),
  );
  await netvmdClient(host).chainSet({ hops: names }, { signal });
}

/** Kept when those that are no longer in it hold no packet. */
export async function setService(
  host: ControlledProgram,
  { name }: Hop,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<void> {
  const domain = instances[0]?.place.domain ?? 0;
  const slots = instances.map(({ place }) => place.slot);
  await netvmdClient(host).serviceSet({ service: name, domain, instances: slots }, { signal });
}

export function isInSlot({ domain, slot }: Place, nf: NetvmdStatus['nfs'][number]): boolean {
  return nf.domain === domain && nf.slot === slot;
}
