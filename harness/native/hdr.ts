import { addon } from './addon.ts';

/** Where the native programs count a latency: `netvm_hdr_index` itself, for comparison. */
export function hdrIndex(valueNs: bigint): number {
  return addon().hdrIndex(valueNs);
}
