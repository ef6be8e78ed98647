import type { Imix } from './imix.ts';

/** What kind of traffic a generator offers, besides its load: the profile's `traffic`, its defaults filled in. */
export interface Traffic {
  readonly ip: 4 | 6;
  /** VLAN ids, outer first: none, one (802.1Q) or two (802.1ad outside, QinQ). */
  readonly vlan: readonly number[];
  /**
   * When packets arrive, at a mean rate that is the load: evenly, with exponential gaps, or so many back to back and then a
   * pause. Open loop: the intended time is the arrival's, whatever the device does.
   */
  readonly arrival: 'constant' | 'poisson' | { readonly burst: number };
  /**
   * Which flow a packet is of: in turn, all alike at random, by rank k with a chance proportional to 1 / k^zipf, or in turn with
   * so many new flows a second in the places of the oldest.
   */
  readonly flowModel: 'cycle' | 'uniform' | { readonly zipf: number } | { readonly churn: number };
  /** A capture whose frames are sent as recorded, again and again; null for frames of the generator's own. */
  readonly replay: Replay | null;
  /** Decides every random draw. */
  readonly seed: number;
}

export interface Replay {
  /** pcap or pcapng, of Ethernet. */
  readonly file: string;
  /** `load`: at the trial's rate. `recorded`: at the file's own times; then its rate is the load. */
  readonly rate: 'load' | 'recorded';
  /** Sequence numbers and times are written over the ends of payloads that have room. Else packets are counted, and no more. */
  readonly tag: boolean;
}

/** What is sent where a profile says nothing. */
export const plainTraffic: Traffic = {
  ip: 4,
  vlan: [],
  arrival: 'constant',
  flowModel: 'cycle',
  replay: null,
  seed: 1,
};

/** What a generator must be able to do for some traffic. */
export const trafficFeatureNames = [
  'imix',
  'ipv6',
  'vlan',
  'qinq',
  'poisson',
  'burst',
  'uniform',
  'zipf',
  'churn',
  'replay',
  'replay-recorded',
] as const;
export type TrafficFeature = (typeof trafficFeatureNames)[number];

/** The features that a request needs of its generator; none for plain traffic of one frame size. */
export function trafficFeatures(request: {
  readonly imixSizesBytes?: readonly number[];
  readonly traffic?: Traffic;
}): readonly TrafficFeature[] {
  const { ip, vlan, arrival, flowModel, replay } = request.traffic ?? plainTraffic;
  const needed: Readonly<Record<TrafficFeature, boolean>> = {
    imix: request.imixSizesBytes !== undefined,
    ipv6: ip === 6,
    vlan: vlan.length === 1,
    qinq: vlan.length === 2,
    poisson: arrival === 'poisson',
    burst: typeof arrival === 'object',
    uniform: flowModel === 'uniform',
    zipf: typeof flowModel === 'object' && 'zipf' in flowModel,
    churn: typeof flowModel === 'object' && 'churn' in flowModel,
    replay: replay !== null,
    'replay-recorded': replay?.rate === 'recorded',
  };
  return trafficFeatureNames.filter((name) => needed[name]);
}

/** The traffic in a few words, such as `IPv6, VLAN 100, Poisson, seed 7`; null where it is plain. */
export function describeTraffic(traffic: Traffic): string | null {
  const { ip, vlan, arrival, flowModel, replay, seed } = traffic;
  const words = [
    ip === 6 ? 'IPv6' : null,
    vlan.length > 0 ? `VLAN ${vlan.join(' in ')}` : null,
    arrival === 'poisson' ? 'Poisson' : typeof arrival === 'object' ? `bursts of ${arrival.burst}` : null,
    describeFlows(flowModel),
    replay === null ? null : `replay of ${baseName(replay.file)} at ${replay.rate} rate`,
  ].filter((word) => word !== null);
  if (words.length === 0) return null;
  return [...words, ...(isRandom(traffic) ? [`seed ${seed}`] : [])].join(', ');
}

/** What a cell's packets are besides their size, such as `IMIX 7a4A (A: 594), IPv6`; null where there is nothing to say. */
export function describeKind(cell: { readonly imix?: Imix; readonly traffic?: string }): string | null {
  const { imix, traffic } = cell;
  const custom = Object.entries(imix?.customSizesBytes ?? {}).map(([letter, size]) => `${letter}: ${size}`);
  const sizes = custom.length > 0 ? ` (${custom.join(', ')})` : '';
  const words = [imix && `IMIX ${imix.genome}${sizes}`, traffic].filter((word) => word !== undefined);
  return words.length === 0 ? null : words.join(', ');
}

function describeFlows(model: Traffic['flowModel']): string | null {
  if (model === 'cycle') return null;
  if (model === 'uniform') return 'uniform flows';
  return 'zipf' in model ? `Zipf ${model.zipf} flows` : `${model.churn} new flows a second`;
}

function isRandom({ arrival, flowModel }: Traffic): boolean {
  return (
    arrival === 'poisson' || flowModel === 'uniform' || (typeof flowModel === 'object' && 'zipf' in flowModel)
  );
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

/** What headers take, and what a frame of ours must have room for besides: sequence number, time and a tag. */
const headerBytes = { ethernet: 14, vlan: 4, ip: { 4: 20, 6: 40 }, udp: 8, own: 18, crc: 4 } as const;

/** The smallest frame of the generator's own that such traffic can have, with CRC. IPv4 without tags: 64. */
export function leastFrameBytes({ ip, vlan }: Pick<Traffic, 'ip' | 'vlan'>): number {
  const { ethernet, udp, own, crc } = headerBytes;
  return ethernet + vlan.length * headerBytes.vlan + headerBytes.ip[ip] + udp + own + crc;
}

/** Why it is that much. */
export function describeLeast({ ip, vlan }: Pick<Traffic, 'ip' | 'vlan'>): string {
  const tags = vlan.length > 0 ? `${vlan.length * headerBytes.vlan} VLAN, ` : '';
  return `14 Ethernet, ${tags}${headerBytes.ip[ip]} IPv${ip}, 8 UDP, 18 sequence and time, 4 CRC`;
}
