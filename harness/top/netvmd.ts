import { connectControl } from '../native/control.ts';
import { netvmdClient } from '../native/netvmd-client.ts';
import type { Hop, NetvmdStatus } from '../native/netvmd-protocol.ts';
import type { RunningProgram } from './find.ts';

/** What netvmd knows of one of its NFs. */
export interface NfReading {
  /** Packets in the ring that leads into it, and how many fit. */
  readonly depth: number;
  readonly entries: number;
  /** Packets that it says it has had since it started. */
  readonly received: number;
  /** Packets on routes that go through it. */
  readonly inFlight: number;
  /** Services that it is an instance of. */
  readonly services: readonly string[];
}

/** What netvmd knows of one of its chains. Packets are those since it started. */
export interface ChainReading {
  readonly netvmd: RunningProgram;
  readonly chain: string;
  readonly state: 'up' | 'down';
  readonly weight: number;
  readonly hops: readonly string[];
  readonly entered: number;
  readonly left: number;
  readonly dropped: number;
  readonly inFlight: number;
}

export interface NetvmdReadings {
  readonly nfs: ReadonlyMap<RunningProgram, NfReading>;
  readonly chains: readonly ChainReading[];
}

const timeoutMs = 500;

/** Asks every netvmd among the programs about its chains and NFs. One that does not answer in time is left out. */
export async function readNetvmds(programs: readonly RunningProgram[]): Promise<NetvmdReadings> {
  const netvmds = programs.filter(({ program, control }) => program === 'netvmd' && control !== null);
  const readings = await Promise.all(
    netvmds.map(async (netvmd) => {
      const status = await statusOf(netvmd.control ?? '');
      return status === null ? [] : [readingOf(status, netvmd, programs)];
    }),
  );
  const all = readings.flat();
  return { nfs: new Map(all.flatMap(({ nfs }) => [...nfs])), chains: all.flatMap(({ chains }) => chains) };
}

/** `programs` are all that run: an NF is told by its pid and slot. */
export function readingOf(
  { chains, nfs, services }: NetvmdStatus,
  netvmd: RunningProgram,
  programs: readonly RunningProgram[],
): NetvmdReadings {
  return {
    nfs: new Map(
      nfs.flatMap(({ domain, slot, pid, ring, received, inFlight }) => {
        const program = programs.find((one) => one.pid === pid && one.slot === slot);
        const of = services.filter((one) => one.domain === domain && one.instances.includes(slot));
        const reading = { ...ring, received, inFlight, services: of.map(({ service }) => service) };
        return program === undefined ? [] : [[program, reading] as const];
      }),
    ),
    chains: chains.map((chain) => ({ ...chain, netvmd, hops: chain.hops.map(hopText) })),
  };
}

function hopText(hop: Hop): string {
  if (typeof hop === 'number') return String(hop);
  if ('service' in hop) return hop.service;
  if ('inline' in hop) return `inline ${hop.inline}`;
  return hop.domain === undefined ? String(hop.slot) : `${hop.domain}:${hop.slot}`;
}

async function statusOf(socket: string): Promise<NetvmdStatus | null> {
  try {
    const control = await connectControl(socket, 'netvmd', () =>
      Promise.resolve(new Error('netvmd closed its control socket')),
    );
    try {
      return await netvmdClient(control).status({}, { timeoutMs });
    } finally {
      control.close();
    }
  } catch {
    // It is just starting or leaving.
    return null;
  }
}
