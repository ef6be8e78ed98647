import type { SearchGoal } from '../model/goal.ts';
import type { GeneratorName } from '../model/generator.ts';
import type { Imix } from '../model/imix.ts';
import type { Cell, DataplaneName, Isolation, MethodName, Scheduling } from '../model/run.ts';
import type { Traffic } from '../model/traffic.ts';
import type { OwnSettings } from './own-settings.ts';

/** Data planes a profile may name. */
export const dataplaneNames = [
  'netvm',
  'vhost-user',
  'virtio',
  'virtio-kernel',
  'virtio-tap',
  'sriov',
  'forwarder',
] as const satisfies readonly DataplaneName[];

/** How a profile may have NetVM's NFs run. */
export const isolationNames = ['process', 'inline', 'microvm', 'vm'] as const satisfies readonly Isolation[];

/** How a profile may have NetVM's NFs wait for packets. */
export const schedulingNames = ['shared', 'adaptive', 'poll'] as const satisfies readonly Scheduling[];

/** As many NFs as a chain can have (NETVM_MAX_NFS in native/abi/region.h), and NetVM processes of NFs. */
export const chainNfsMax = 32;

/** As many flows as the generator has room for (FLOWS_MAX in native/gen/flows.h). */
export const flowsMax = 1_048_576;

/** Network functions a chain may name; each is `native/nfs/<name>`. */
export const nfNames = [
  'forward',
  'firewall',
  'monitor',
  'bridge',
  'dpi',
  'loadbalancer',
  'nat',
  'ratelimit',
  'router',
  'steer',
  'synthetic',
  'tcpproxy',
] as const;
export type NfName = (typeof nfNames)[number];

export const methodNames = [
  'rfc2544',
  'tst009',
  'csit-ndr',
  'csit-pdr',
  'quick',
  'mlrsearch',
  'mrr',
  'back-to-back',
  'frame-loss',
  'soak',
  'recovery',
  'reset',
  'scaling',
] as const satisfies readonly MethodName[];

/** A profile with every default filled in and every quantity in its canonical unit, as saved in `run.json`. */
export interface ResolvedProfile {
  readonly schema: 'profile/1';
  readonly name: string;
  readonly description: string;
  readonly dataplanes: readonly DataplaneName[];
  /** NF names in chain order, each chain at least one long. The forwarder has no chain and ignores these. */
  readonly chains: readonly (readonly NfName[])[];
  /** How NetVM's NFs run; left out where that is a process each and nothing else. */
  readonly isolations?: readonly (typeof isolationNames)[number][];
  /** Into how many trust domains NetVM's chains are cut; left out where they are one. */
  readonly trustDomains?: readonly number[];
  /** Instances of each NF of NetVM's chains; left out where there is one. */
  readonly instances?: readonly number[];
  /** Exact flows in NetVM's flow table; left out where there are none. */
  readonly flowEntries?: readonly number[];
  /** How NetVM's NFs wait for packets; left out where that is `shared`. */
  readonly schedulings?: readonly Scheduling[];
  /** Frame sizes with CRC, 64 to 1518; for an IMIX its mean, rounded up. */
  readonly frameSizesBytes: readonly number[];
  /** Those of `frameSizesBytes` that are an IMIX, by that mean; left out where none is. */
  readonly imixes?: Readonly<Record<string, Imix>>;
  /** Sizes of the pages that NetVM's region lies on; left out where the profile does not speak of them: 2 MB. */
  readonly hugePageSizesBytes?: readonly number[];
  /** Left out where the profile does not speak of it: plain traffic. */
  readonly traffic?: Traffic;
  /** The wire's rate in bit/s; 0 for an unpaced wire. */
  readonly lineRateBps: number;
  /** Where the traffic comes from. */
  readonly generator: GeneratorName;
  readonly flows: number;
  readonly method: MethodSettings;
  /** Null where no latency is measured. */
  readonly latency: LatencySettings | null;
  readonly generatorCeiling: CeilingSettings;
}

export interface MethodSettings {
  readonly name: MethodName;
  readonly trialDurationMs: number;
  /** The search ends when (upper - lower) / upper is at most this, 0 to 1. */
  readonly resolutionRatio: number;
  /** Loss that still passes, 0 to 1; 0 for RFC 2544 throughput. */
  readonly lossRatio: number;
  /** What is searched for; empty where the method searches for nothing. */
  readonly goals: readonly SearchGoal[];
  /** No load outside of these is offered by a search: shares of the wire's rate, above 0, at most 1. */
  readonly minLoadRatio: number;
  readonly maxLoadRatio: number;
  /** How often a disturbed trial is repeated before the cell is given that verdict. */
  readonly maxRepeats: number;
  /** How long after the last packet the receiver still waits. */
  readonly drainMs: number;
  /** What only this method is told; left out where it is told nothing of its own. */
  readonly own?: OwnSettings;
}

export interface LatencySettings {
  /** Percent of the cell's found throughput; 0 is a load so low that no packet waits for another. */
  readonly loadsPercent: readonly number[];
  readonly durationMs: number;
  /** Trials at each load, of which medians are taken. */
  readonly repetitions: number;
  /** One packet in so many carries a timestamp. */
  readonly stampEvery: number;
  /** Latency is measured for these frame sizes only. */
  readonly frameSizesBytes: readonly number[];
}

export interface CeilingSettings {
  readonly runs: number;
  readonly durationMs: number;
}

export interface PlannedCell extends Cell {
  /** Place in the whole plan, from 0; a shard keeps the whole plan's numbers. */
  readonly index: number;
  /** True where the latency trials of the profile apply to this cell. */
  readonly measureLatency: boolean;
}

/** Everything that will be measured, in order. */
export interface Plan {
  readonly profile: ResolvedProfile;
  readonly cells: readonly PlannedCell[];
}

/** Frame sizes at which the plan measures a latency. */
export function latencyFrameSizes({ cells }: Plan): number[] {
  return [...new Set(cells.filter((cell) => cell.measureLatency).map((cell) => cell.frameSizeBytes))];
}
