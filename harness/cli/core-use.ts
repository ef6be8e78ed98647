import { generatorCores } from '../testbed/env.ts';
import type { Testbed } from '../testbed/parse.ts';

/** Which core of a testbed does what. */
export interface CoreUse {
  readonly generator: readonly number[];
  readonly dataplane: number;
  /** In the order of the chain; empty where NFs share the data plane's. */
  readonly nfs: readonly number[];
}

export function coreUse(testbed: Testbed): CoreUse {
  return { generator: generatorCores(testbed), dataplane: testbed.deviceCore, nfs: testbed.nfCores };
}

export function coreUseSentence(testbed: Testbed): string {
  const { generator, dataplane, nfs } = coreUse(testbed);
  const where =
    nfs.length === 0
      ? `data plane and NFs on ${dataplane}`
      : `data plane on ${dataplane}, NFs in the order of the chain on ${nfs.join(', ')}, and from ${nfs[0]} on again where there are more`;
  return `Cores of testbed ${testbed.name}: generator on ${generator.join(', ')}; ${where}.`;
}
