import { join } from 'node:path';
import type { Cell } from '../model/run.ts';

/** Where an NF of a chain joins netvmd. */
export interface Place {
  readonly domain: number;
  /** Of its domain's region; no two of a chain have the same, in whichever domain, so that counters by slot name one NF each. */
  readonly slot: number;
  /** The region's file. */
  readonly region: string;
}

/** The region files of a cell, one a trust domain. */
export function regionsOf({ trustDomains = 1 }: Pick<Cell, 'trustDomains'>, hugeDir: string): string[] {
  return Array.from({ length: trustDomains }, (_, domain) =>
    join(hugeDir, domain === 0 ? 'region' : `region${domain}`),
  );
}

/**
 * The places of each NF's instances, in the chain's order: of 3 NFs with 2 instances the second one has slots 2 and 3. The chain is cut evenly into
 * domains: of 5 NFs in 2, 3 and 2. A chain is at least as long as it has domains.
 */
export function placesOf(cell: Pick<Cell, 'nfs' | 'trustDomains' | 'instances'>, hugeDir: string): Place[][] {
  const regions = regionsOf(cell, hugeDir);
  const { nfs, instances = 1 } = cell;
  return nfs.map((_, place) => {
    const domain = Math.floor((place * regions.length) / nfs.length);
    return Array.from({ length: instances }, (__, instance) => ({
      domain,
      slot: place * instances + instance,
      region: regions[domain] ?? '',
    }));
  });
}

/** netvmd's options for its regions: all on that NUMA node, where the core is that touches every packet. Null: the machine has one node. */
export function regionOptions(regions: readonly string[], node: number | null): string[] {
  const onNode = node === null ? [] : ['--node', String(node)];
  return regions.flatMap((region) => ['--region', region, ...onNode]);
}
