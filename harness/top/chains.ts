import type { ChainReading } from './netvmd.ts';

/** What a chain did between two looks. */
export interface ChainSample {
  readonly runId: string;
  readonly chain: string;
  readonly state: 'up' | 'down';
  readonly weight: number;
  /** Slots (`domain:slot` where there are several domains), services by their names, `inline n`. */
  readonly hops: readonly string[];
  /** Packets per second; null at the first look. */
  readonly enteredPps: number | null;
  readonly leftPps: number | null;
  readonly droppedPps: number | null;
  /** Packets in it now. */
  readonly inFlight: number;
}

export interface ChainReadings {
  readonly atMs: number;
  readonly chains: readonly ChainReading[];
}

/** A chain that was not there at the look before has no rates yet; nor has one that was deleted and made again, and counts anew. */
export function sampleChains(before: ChainReadings, after: ChainReadings): ChainSample[] {
  const seconds = Math.max(1e-3, (after.atMs - before.atMs) / 1000);
  return after.chains.map((now) => {
    const { netvmd, chain, state, weight, hops, inFlight } = now;
    const last = before.chains.find(
      (one) =>
        one.chain === chain &&
        one.netvmd.pid === netvmd.pid &&
        one.netvmd.startTicks === netvmd.startTicks &&
        one.entered <= now.entered,
    );
    const rate = (of: 'entered' | 'left' | 'dropped') =>
      last === undefined ? null : (now[of] - last[of]) / seconds;
    return {
      runId: netvmd.runId,
      chain,
      state,
      weight,
      hops,
      enteredPps: rate('entered'),
      leftPps: rate('left'),
      droppedPps: rate('dropped'),
      inFlight,
    };
  });
}
