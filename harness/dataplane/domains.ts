import { join } from 'node:path';
import type { Cell } from '../model/run.ts';

/** Where an NF of a chain joins netvmd. */
export interface Place {
  readonly domain: number;
  /** Of its domain's region; its place in the chain, so that no two have the same. */
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

/** The chain cut evenly: of 5 NFs in 2 domains, 3 and 2. A chain is at least as long as it has domains. */
export function placesOf(cell: Pick<Cell, 'nfs' | 'trustDomains'>, hugeDir: string): Place[] {
  const regions = regionsOf(cell, hugeDir);
  return cell.nfs.map((_, slot) => {
    const domain = Math.floor((slot * regions.length) / cell.nfs.length);
    return { domain, slot, region: regions[domain] ?? '' };
  });
}

/** netvmd's options for its regions: all on that NUMA node, where the core is that touches every packet. Null: the machine has one node. */
export function regionOptions(regions: readonly string[], node: number | null): string[] {
  const onNode = node === null ? [] : ['--node', String(node)];
  return regions.flatMap((region) => ['--region', region, ...onNode]);
}
