import { chainLength, chainShort } from '../format.ts';
import type { CellRow } from '../source.ts';
import { boldRatio, fitText } from './text.ts';
import type { Row } from './spec.ts';

/** Where the rows of a chart stand, counted from the top in units of one row. */
export interface Places<T> {
  readonly of: ReadonlyMap<T, number>;
  /** Names of the chains: in the margin where they are short, as lines of their own above their rows where they are not. */
  readonly chains: readonly Row[];
  readonly headings: readonly Row[];
  readonly total: number;
}

/** Chains from short to long, the rows of a chain close together. */
export function arrangeByChain<T>(items: readonly T[], cellOf: (item: T) => CellRow): Places<T> {
  const chainOf = (item: T) => cellOf(item).result.cell.nfs;
  const sorted = items.toSorted((a, b) => chainOf(a).length - chainOf(b).length);
  const groups = [...Map.groupBy(sorted, (item) => chainOf(item).join('\n')).values()];
  const lengths = new Set(groups.map(([first]) => (first === undefined ? 0 : chainOf(first).length)));
  const inMargin = lengths.size === groups.length;
  const of = new Map<T, number>();
  const names: Row[] = [];
  let next = 0.75;
  for (const group of groups) {
    const nfs = group[0] === undefined ? [] : chainOf(group[0]);
    if (inMargin) names.push({ text: chainLength(nfs.length), row: next + (group.length - 1) / 2 });
    else names.push({ text: headingText(nfs), row: next });
    if (!inMargin) next += 1;
    for (const item of group) of.set(item, next++);
    next += 0.7;
  }
  return {
    of,
    chains: inMargin ? names : [],
    headings: inMargin ? [] : names,
    total: Math.max(0.5, next - 0.7 - 0.25),
  };
}

function headingText(nfs: readonly string[]): string {
  return fitText(
    nfs.length === 0 ? 'no NF' : `${chainLength(nfs.length)}: ${chainShort(nfs)}`,
    425,
    11 * boldRatio,
  );
}
