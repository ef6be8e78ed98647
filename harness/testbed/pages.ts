import { existsSync, readFileSync } from 'node:fs';
import { lackOfPages, pageSizesBytes, usualPageSizeBytes } from '../model/page-size.ts';

/** Huge pages of one size, as the kernel counts them. */
export interface HugePages {
  readonly supported: boolean;
  readonly total: number;
  readonly free: number;
}

/** Where the kernel keeps the count of huge pages of a size, in bytes. */
export function pagesDirectory(sizeBytes: number): string {
  return `/sys/kernel/mm/hugepages/hugepages-${sizeBytes / 1024}kB`;
}

export function readPages(sizeBytes: number): HugePages {
  const directory = pagesDirectory(sizeBytes);
  return {
    supported: existsSync(directory),
    total: number(`${directory}/nr_hugepages`),
    free: number(`${directory}/free_hugepages`),
  };
}

function number(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}

/** Where a region on pages of some size can be put; or the sentence that says why nowhere, with the remedy. */
export type PageDirectory = { readonly directory: string } | { readonly missing: string };

/** A region has some 35 MB a queue of the wire: one page of 1 GB has room for it. */
export const pages1G = 1;

/** Why this machine cannot have a region on such pages, found out before anything is changed; null where nothing speaks against it. */
export function pageProblem(
  sizeBytes: number,
  memoryAvailableBytes: number,
  { supported, free }: HugePages = readPages(sizeBytes),
): string | null {
  if (sizeBytes === pageSizesBytes['4 KB'] || sizeBytes === usualPageSizeBytes) return null;
  const lack = lackOfPages(sizeBytes);
  if (!supported)
    return `${lack.support} (CPU flag pdpe1gb, which a hypervisor may hide): take a machine that has them`;
  if (free >= pages1G || memoryAvailableBytes >= pages1G * sizeBytes + spareBytes) return null;
  const available = Math.floor(memoryAvailableBytes / 2 ** 20);
  return `${lack.memory}: ${available} MB are available and ${(sizeBytes + spareBytes) / 2 ** 20} are needed; end other programs`;
}

const spareBytes = 512 * 2 ** 20;

/** Said where the kernel found no such page although there is memory. */
export function noPage(sizeBytes: number): string {
  return `${lackOfPages(sizeBytes).room}, memory is fragmented: reserve one at boot with hugepagesz=1G hugepages=1 on the kernel command line`;
}
