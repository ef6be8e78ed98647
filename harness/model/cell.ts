import { canonicalJson } from './canonical.ts';
import { pageSizeWords } from './page-size.ts';
import type { Cell } from './run.ts';
import { describeKind } from './traffic.ts';

/** The same for two cells exactly where they are the same thing measured. */
export function cellKey(cell: Cell): string {
  return canonicalJson(cell);
}

/** How its chain is run, where that is not what is usual: a process for each NF. Else null. */
export function deploymentWords({ isolation, trustDomains = 1, nfs }: Cell): string | null {
  if (trustDomains > 1) return `in ${trustDomains} trust domains`;
  return isolation === 'inline' && nfs.length > 0 ? 'inline' : null;
}

/** A cell in one line, as tables and messages name it: `netvm, forward > firewall, 64 B, rfc2544`. */
export function cellWords(cell: Cell): string {
  const { dataplane, isolation, trustDomains, nfs, frameSizeBytes, hugePageSizeBytes, method } = cell;
  const kind = describeKind(cell);
  return [
    dataplane,
    nfs.length === 0 ? 'no NF' : nfs.join(' > '),
    // A process each is what is usual; a bare forwarder has nothing to isolate.
    ...(isolation === 'process' || nfs.length === 0 ? [] : [`isolation ${isolation}`]),
    ...(trustDomains === undefined ? [] : [`${trustDomains} trust domains`]),
    `${frameSizeBytes} B`,
    ...(kind === null ? [] : [kind]),
    ...(hugePageSizeBytes === undefined ? [] : [`pages of ${pageSizeWords(hugePageSizeBytes)}`]),
    method,
  ].join(', ');
}
