import { canonicalJson } from './canonical.ts';
import { pageSizeWords } from './page-size.ts';
import type { Cell, Isolation } from './run.ts';
import { describeKind } from './traffic.ts';

/** The same for two cells exactly where they are the same thing measured. */
export function cellKey(cell: Cell): string {
  return canonicalJson(cell);
}

/** Of NFs that are not in a process each, as it stands behind them: `3 NFs in microvms`. */
const isolationWords: Readonly<Partial<Record<Isolation, string>>> = {
  inline: 'inline',
  microvm: 'in microvms',
  vm: 'in virtual machines',
};

/** How its chain is run, where that is not what is usual: a process for each NF. Else null. */
export function deploymentWords(cell: Cell): string | null {
  const { isolation, trustDomains = 1, instances = 1, flowEntries = 0, scheduling = 'shared', nfs } = cell;
  const isolated = nfs.length > 0 ? isolationWords[isolation] : undefined;
  const words = [
    ...(isolated === undefined ? [] : [isolated]),
    ...(trustDomains > 1 ? [`in ${trustDomains} trust domains`] : []),
    ...(instances > 1 ? [`${instances} instances each`] : []),
    ...(flowEntries > 0 ? [`${flowEntryWords(flowEntries)} in its table`] : []),
    ...(scheduling === 'shared' ? [] : [scheduling]),
  ];
  return words.length === 0 ? null : words.join(', ');
}

/** `1 M flows`, `1,500 flows`: as many as were put into the flow table. */
export function flowEntryWords(flowEntries: number): string {
  if (flowEntries >= 1e6 && flowEntries % 1e5 === 0) return `${flowEntries / 1e6} M flows`;
  return `${flowEntries.toLocaleString('en')} flows`;
}

/** A cell in one line, as tables and messages name it: `netvm, forward > firewall, 64 B, rfc2544`. */
export function cellWords(cell: Cell): string {
  const { dataplane, isolation, trustDomains, instances, flowEntries, scheduling } = cell;
  const { nfs, frameSizeBytes, hugePageSizeBytes, method } = cell;
  const kind = describeKind(cell);
  return [
    dataplane,
    nfs.length === 0 ? 'no NF' : nfs.join(' > '),
    // A process each is what is usual; a bare forwarder has nothing to isolate.
    ...(isolation === 'process' || nfs.length === 0 ? [] : [`isolation ${isolation}`]),
    ...(trustDomains === undefined ? [] : [`${trustDomains} trust domains`]),
    ...(instances === undefined ? [] : [`${instances} instances each`]),
    ...(flowEntries === undefined ? [] : [`${flowEntryWords(flowEntries)} in its table`]),
    ...(scheduling === undefined ? [] : [`scheduling ${scheduling}`]),
    `${frameSizeBytes} B`,
    ...(kind === null ? [] : [kind]),
    ...(hugePageSizeBytes === undefined ? [] : [`pages of ${pageSizeWords(hugePageSizeBytes)}`]),
    method,
  ].join(', ');
}
