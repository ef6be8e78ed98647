import type { GeneratorName } from '../model/generator.ts';
import type { Generator, GeneratorSite } from './generator.ts';
import { startNativeGenerator } from './native.ts';
import { startTestpmd } from './testpmd.ts';

/** Starts a generator on the local testbed's wire. Those that cannot be on it are refused with the profile that names them. */
export async function startGenerator(name: GeneratorName, site: GeneratorSite): Promise<Generator> {
  switch (name) {
    case 'native':
      return startNativeGenerator(site);
    case 'testpmd':
      return startTestpmd(site);
    case 'pktgen':
    case 'moongen':
      throw new Error(`${name} cannot be on a memif wire`);
  }
}
