import type { StoredSeries } from '../../model/series.ts';
import { cellKey } from '../../model/cell.ts';
import { differences } from '../fingerprint.ts';
import type { ComparableFacts } from '../fingerprint.ts';
import type { Documents } from './documents.ts';

/** What differs between two fingerprints, or two settings, out of an index: `kernel 6.1.0-32 -> 6.1.0-35`. */
export function differencesBetween(documents: Documents, before: string, after: string): string[] {
  return differences(documentOf(documents, before), documentOf(documents, after));
}

/** Series of one testbed with one fingerprint. */
export interface SeriesGroup {
  readonly testbed: string;
  readonly fingerprint: string;
  /** What it was measured on, in a few words. */
  readonly host: string;
  /** Of its oldest run, ISO 8601. */
  readonly firstAt: string;
  /** What has changed since the group before, of the same testbed; empty for the first. */
  readonly differences: readonly string[];
  readonly series: readonly StoredSeries[];
}

/** Puts series that can be compared together: by testbed, and there in the order of time. */
export function groupsOf(documents: Documents, series: readonly StoredSeries[]): SeriesGroup[] {
  const byHost = Map.groupBy(series, ({ id }) => JSON.stringify([id.testbed, id.fingerprint]));
  const groups = [...byHost.values()].flatMap((members): Omit<SeriesGroup, 'differences'>[] => {
    const [first] = members;
    if (first === undefined) return [];
    const { testbed, fingerprint } = first.id;
    const firstAt = members.map(({ points }) => points[0]?.startedAt ?? '').sort(byTime)[0] ?? '';
    return [
      { testbed, fingerprint, host: hostWords(documentOf(documents, fingerprint)), firstAt, series: members },
    ];
  });
  const inOrder = groups.sort((a, b) =>
    a.testbed === b.testbed ? byTime(a.firstAt, b.firstAt) : a.testbed < b.testbed ? -1 : 1,
  );
  return inOrder.map((group, i) => {
    const before = inOrder[i - 1];
    const isNext = before?.testbed === group.testbed;
    return {
      ...group,
      differences: isNext ? differencesBetween(documents, before.fingerprint, group.fingerprint) : [],
    };
  });
}

/** Settings that a group has a cell's metric with besides others: what tells them apart must be said. */
export interface Variant {
  /** From 2; the first that a cell was measured with is 1 and not listed. */
  readonly number: number;
  readonly settings: string;
  /** From the first settings: `wire bit/s 10000000000 -> 0`. */
  readonly differences: readonly string[];
}

/** Those of a group, by their settings; empty where each cell was measured in one way. */
export function variantsOf(documents: Documents, { series }: SeriesGroup): Map<string, Variant> {
  const alike = Map.groupBy(series, ({ id }) => `${id.metric.name} ${cellKey(id.cell)}`);
  const variants = new Map<string, Variant>();
  for (const [first, ...others] of alike.values()) {
    for (const { id } of others) {
      const settings = id.settings ?? '';
      if (variants.has(settings)) continue;
      const differences = differencesBetween(documents, first?.id.settings ?? '', settings);
      variants.set(settings, { number: variants.size + 2, settings, differences });
    }
  }
  return variants;
}

function documentOf(documents: Documents, name: string): readonly ComparableFacts[] {
  return documents.get(name) ?? [];
}

function hostWords(hosts: readonly ComparableFacts[]): string {
  return hosts
    .map(
      (host) =>
        `${host['CPU model']}, ${host['cores']} cores, kernel ${host['kernel']}, DPDK ${host['DPDK']}`,
    )
    .join('; ');
}

function byTime(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b);
}
