/** What each traffic generator can do, and in words: what a profile may ask of it. */

export const generatorNames = ['native', 'testpmd', 'pktgen', 'moongen'] as const;
export type GeneratorName = (typeof generatorNames)[number];

/** Found on this machine, not part of this repository. */
export const externalNames = ['testpmd', 'pktgen', 'moongen'] as const satisfies readonly GeneratorName[];
export type ExternalName = (typeof externalNames)[number];

/** Where each external generator is, as far as a testbed says. */
export type GeneratorFiles = { readonly [Name in ExternalName]?: string | undefined };

/** What a capability is, as the end of "it cannot ...". */
export const capabilities = {
  rate: 'offer a load at a given rate (packets per second)',
  unpaced: 'send as fast as an unpaced wire takes packets',
  latency: 'take latency from the intended send time',
  histogram: 'give a histogram of latency',
  sequence: 'number its packets, so that a lost, repeated or strange one is told from the others',
  gaps: 'log the times in which its own loop did not run',
  burst: 'send an exact number of packets and stop',
  step: 'go on at another rate without a pause',
  flows: 'send several flows',
  imix: 'send a mix of frame sizes',
  arrivals: 'send at random times or in bursts',
  replay: 'replay a capture',
  flowModels: 'choose flows by a model (Zipf, churn)',
  vlan: 'send VLAN tags',
  ipv6: 'send IPv6',
  vfs: 'emulate a NIC with virtual functions',
  cores: 'send on several cores, or receive on another core than it sends on',
} as const;
export type Capability = keyof typeof capabilities;

/** How generator and device are joined: `memif` is the virtual wire of a local testbed. */
export type Wire = 'memif';

export interface GeneratorTraits {
  readonly can: readonly Capability[];
  readonly wires: readonly Wire[];
  /** Why it cannot be on a wire that is not among `wires`; one clause. */
  readonly otherWires: string;
}

export const generators: Readonly<Record<GeneratorName, GeneratorTraits>> = {
  native: {
    can: [
      ...(['rate', 'unpaced', 'latency', 'histogram', 'sequence', 'gaps', 'burst', 'step', 'flows'] as const),
      ...(['imix', 'arrivals', 'replay', 'flowModels', 'vlan', 'ipv6', 'vfs', 'cores'] as const),
    ],
    wires: ['memif'],
    otherWires: 'it speaks memif only',
  },
  testpmd: {
    can: ['unpaced', 'flows'],
    wires: ['memif'],
    otherWires: 'it was never tried there',
  },
  pktgen: {
    // Its latency is an average of probes sent now and then, from when they were really sent.
    can: ['rate'],
    wires: [],
    otherWires: 'it panics on net_memif ("Cannot set MTU")',
  },
  moongen: {
    // From the real send time, by hardware timestamps or software ones: no intended time is kept.
    can: ['rate', 'histogram', 'flows'],
    wires: [],
    otherWires: 'the DPDK that it brings has no net_memif',
  },
};

export function can(name: GeneratorName, capability: Capability): boolean {
  return generators[name].can.includes(capability);
}

/** Which generators can all of these, on that wire. */
export function whoCan(needed: readonly Capability[], wire: Wire | null): GeneratorName[] {
  return generatorNames.filter(
    (name) =>
      needed.every((capability) => can(name, capability)) &&
      (wire === null || generators[name].wires.includes(wire)),
  );
}
