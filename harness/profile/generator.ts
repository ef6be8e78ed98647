import type { InputProblem } from '../model/errors.ts';
import {
  can,
  capabilities,
  generators,
  whoCan,
  type Capability,
  type GeneratorName,
  type Wire,
} from '../model/generator.ts';
import type { DataplaneName, MethodName } from '../model/run.ts';
import type { TrafficFeature } from '../model/traffic.ts';
import type { SourceDocument } from './document.ts';

/** A capability that a profile asks for, and by which of its keys. */
export interface Need {
  readonly capability: Capability;
  readonly key: string;
}

/** What a profile asks of its generator: the part of it that says so. */
export interface Demand {
  readonly generator: GeneratorName;
  readonly lineRateBps: number;
  readonly flows: number;
  readonly asksForLatency: boolean;
  readonly method: MethodName;
  /** Of its packets; none where left out. */
  readonly features?: readonly TrafficFeature[];
  /** None where left out. */
  readonly dataplanes?: readonly DataplaneName[];
}

/** The capability behind each feature of traffic, and the key that asks for it. */
const needOfFeature: Readonly<Record<TrafficFeature, Need>> = {
  imix: { capability: 'imix', key: 'frameSizesBytes' },
  ipv6: { capability: 'ipv6', key: 'traffic.ip' },
  vlan: { capability: 'vlan', key: 'traffic.vlan' },
  qinq: { capability: 'vlan', key: 'traffic.vlan' },
  poisson: { capability: 'arrivals', key: 'traffic.arrival' },
  burst: { capability: 'arrivals', key: 'traffic.arrival' },
  uniform: { capability: 'flowModels', key: 'traffic.flowModel' },
  zipf: { capability: 'flowModels', key: 'traffic.flowModel' },
  churn: { capability: 'flowModels', key: 'traffic.flowModel' },
  replay: { capability: 'replay', key: 'traffic.replay' },
  'replay-recorded': { capability: 'replay', key: 'traffic.replay' },
};

/**
 * What the profile's generator lacks, all of it, at the `generator:` key. `wire` is that of the testbed; null where none is
 * named yet.
 */
export function generatorProblems(source: SourceDocument, demand: Demand, wire: Wire | null): InputProblem[] {
  const { generator: name } = demand;
  const needs = needsOf(demand);
  const others = suggest(
    needs.map(({ capability }) => capability),
    wire,
  );
  const at = (message: string) => source.problem(['generator'], message);
  const missing = needs
    .filter(({ capability }) => !can(name, capability))
    .map(({ capability, key }) =>
      at(`generator: ${name} cannot ${capabilities[capability]}, which ${key} asks for; ${others}`),
    );
  if (wire === null || generators[name].wires.includes(wire)) return missing;
  const { otherWires } = generators[name];
  return [
    ...missing,
    at(`generator: ${name} cannot be on this testbed's ${wire} wire: ${otherWires}; ${others}`),
  ];
}

/** A key that asks for something no generator has to have is not here: adding one to a profile adds its line. */
function needsOf({
  lineRateBps,
  flows,
  asksForLatency,
  method,
  features = [],
  dataplanes = [],
}: Demand): Need[] {
  const needs: Need[] = [
    ...new Set(features.map((feature) => needOfFeature[feature])),
    lineRateBps === 0
      ? { capability: 'unpaced', key: 'lineRate: unpaced' }
      : { capability: 'rate', key: 'lineRate' },
  ];
  if (dataplanes.includes('sriov')) needs.push({ capability: 'vfs', key: 'dataplanes: sriov' });
  if (method === 'back-to-back') needs.push({ capability: 'burst', key: 'method back-to-back' });
  if (method === 'recovery') needs.push({ capability: 'step', key: 'method recovery' });
  if (flows > 1) needs.push({ capability: 'flows', key: `flows: ${flows}` });
  if (asksForLatency) {
    needs.push({ capability: 'latency', key: 'latency' }, { capability: 'histogram', key: 'latency' });
    // A share of an unpaced wire's throughput is a rate.
    if (lineRateBps === 0) needs.push({ capability: 'rate', key: 'latency.loads' });
  }
  return needs;
}

function suggest(needed: readonly Capability[], wire: Wire | null): string {
  const names = whoCan(needed, wire);
  return names.length === 0 ? 'no generator can all that this profile asks for' : `use ${names.join(' or ')}`;
}
