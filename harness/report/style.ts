import { pageSizeWords, usualPageSizeBytes } from '../model/page-size.ts';
import { flowEntryWords } from '../model/cell.ts';
import type { Cell } from '../model/run.ts';

/**
 * How a series is drawn: a colour and a shape in the charts' specs, and a colour of the page. Variants of NetVM (isolation, trust
 * domains, instances, flow table, scheduling, huge pages) are told apart by style; runs are told apart by the dashes of their lines.
 */
export const styleNames = [
  'netvm',
  'netvm-2',
  'netvm-3',
  'netvm-4',
  'vhost-user',
  'virtio',
  'virtio-kernel',
  'virtio-tap',
  'forwarder',
  'sriov',
  'other',
] as const;
export type Style = (typeof styleNames)[number];

/** What a cell may say besides its data plane: parts of the plan that not every run has. */
interface Variant {
  readonly isolation: string;
  readonly trustDomains?: number;
  readonly instances?: number;
  readonly flowEntries?: number;
  readonly scheduling?: string;
  readonly hugePageSizeBytes?: number;
}

const variants = ['netvm', 'netvm-2', 'netvm-3', 'netvm-4'] as const;

/** The style of a cell among all cells of a report. More variants than there are styles share the last one, and keep their names. */
export function styleOf(cell: Cell, all: readonly Cell[]): Style {
  if (cell.dataplane === 'netvm') {
    const known = [...new Set(all.filter((c) => c.dataplane === 'netvm').map(variantKey))].sort();
    return variants[Math.min(known.indexOf(variantKey(cell)), variants.length - 1)] ?? 'netvm';
  }
  return styleNames.find((style) => style === cell.dataplane) ?? 'other';
}

/** What of a cell is said in its name where cells of a report differ in it; empty where it is the usual. */
export function variantWords(cell: Cell): { readonly isolation: string; readonly rest: readonly string[] } {
  const { isolation, trustDomains = 1, hugePageSizeBytes = usualPageSizeBytes } = cell as Variant;
  const { instances = 1, flowEntries = 0, scheduling = 'shared' } = cell as Variant;
  return {
    isolation,
    rest: [
      ...(trustDomains === 1 ? [] : [`${trustDomains} domains`]),
      ...(instances === 1 ? [] : [`${instances} instances`]),
      ...(flowEntries === 0 ? [] : [`${flowEntryWords(flowEntries)} in table`]),
      ...(scheduling === 'shared' ? [] : [scheduling]),
      ...(hugePageSizeBytes === usualPageSizeBytes ? [] : [`${pageSizeWords(hugePageSizeBytes)} pages`]),
    ],
  };
}

/** Sorts the usual one, a process each in one domain with 2 MB pages, first. */
function variantKey(cell: Cell): string {
  const { isolation, rest } = variantWords(cell);
  return `${isolation === 'process' ? 0 : 1} ${rest.length} ${isolation} ${rest.join()}`;
}
