/** Flows of the generator, as netvmd's `flow.set` has them, and how large a table they need. */

/** What names a flow of UDP in IPv4. */
export interface FlowEntry {
  readonly src: string;
  readonly dst: string;
  readonly protocol: 'udp';
  readonly srcPort: number;
  readonly dstPort: number;
}

const firstPort = 1_024;
const ports = 49_152;
const discardPort = 9;

/** The 5-tuple of the generator's flow number `id`, as frame_flow_of in native/gen/frame.c makes it: 49,152 ports an address of RFC 2544. */
export function flowEntry(id: number): FlowEntry {
  const host = Math.floor(id / ports);
  return {
    src: `198.18.${host >> 8}.${host & 0xff}`,
    dst: '198.19.0.1',
    protocol: 'udp',
    srcPort: firstPort + (id % ports),
    dstPort: discardPort,
  };
}

/** netvmd's data path sets a request's flows between two rounds, so a list is short: netvmd would take 8192 (FLOWS_MAX in native/netvmd/flow_request.c). */
const perRequest = 500;

/** The generator's first `count` flows, in lists that fit a request. */
export function* flowRequests(count: number): Generator<FlowEntry[]> {
  for (let first = 0; first < count; first += perRequest) {
    const length = Math.min(perRequest, count - first);
    yield Array.from({ length }, (_, i) => flowEntry(first + i));
  }
}

/** netvmd's own, where it is told nothing. */
const usualLog2 = 20;
const log2Max = 22;

/**
 * The capacity (as `--flows` has it) of twice as many flows, so that no exact one is without a place (`native/netvmd/flow_table.h`); null where netvmd's own does.
 */
export function tableLog2(entries: number): number | null {
  const log2 = Math.min(log2Max, Math.ceil(Math.log2(2 * Math.max(1, entries))));
  return log2 > usualLog2 ? log2 : null;
}
