import type { GeneratorFiles } from '../model/generator.ts';
import { BadInput } from '../model/errors.ts';
import { readDocument } from '../profile/document.ts';
import type { SourceDocument } from '../profile/document.ts';
import { validate } from '../profile/validate.ts';
import { testbedSchema } from './schema.ts';

/** A testbed of this machine alone, ready to be provisioned. */
export interface Testbed {
  readonly name: string;
  readonly kind: 'local';
  readonly generatorCore: number;
  /** The data plane's own. */
  readonly deviceCore: number;
  /** Its NFs', in the order of the chain; empty where they share `deviceCore`. */
  readonly nfCores: readonly number[];
  /** Where packets are sent and received; `generatorCore` for both where the file says nothing. */
  readonly txCores: readonly number[];
  readonly rxCores: readonly number[];
  readonly pages2M: number;
  /** Where external generators are, as far as the file says. */
  readonly generatorFiles: GeneratorFiles;
}

/**
 * Reads a testbed. Throws BadInput with every problem at once, also for a core that this machine does not have;
 * `machineCores` are those this process may use.
 */
export function parseTestbed(bytes: Uint8Array, file: string, machineCores: readonly number[]): Testbed {
  const source = readDocument(bytes, file);
  const input = validate(source, testbedSchema);
  const generatorCore = input.generator.cores[0] ?? 0;
  const [deviceCore = 0, ...nfCores] = input.device.cores;
  const deviceCores = input.device.cores;
  const { txCores = [generatorCore], rxCores = [generatorCore] } = input.generator;
  const problems = [
    ...absent(source, ['generator', 'cores'], [generatorCore], machineCores),
    ...absent(source, ['device', 'cores'], deviceCores, machineCores),
    ...unfitForDevice(source, deviceCores, generatorCore),
  ];
  for (const key of ['txCores', 'rxCores'] as const) {
    const list = input.generator[key] ?? [];
    problems.push(...absent(source, ['generator', key], list, machineCores));
    problems.push(...unfit(source, key, list, deviceCores));
  }
  if (rxCores.length > txCores.length) {
    const message = `generator.rxCores: ${rxCores.length} cores receive and ${txCores.length} send; expected no more receivers than senders, since each sender's packets come back to one of them`;
    problems.push(source.problem(['generator', 'rxCores'], message));
  }
  if (problems.length > 0) throw new BadInput(problems);
  const { cores: _, txCores: __, rxCores: ___, ...generatorFiles } = input.generator;
  const { name, kind } = input;
  const pages2M = input.hugepages.pages2M;
  return { name, kind, generatorCore, deviceCore, nfCores, txCores, rxCores, pages2M, generatorFiles };
}

function absent(
  source: SourceDocument,
  path: readonly string[],
  cores: readonly number[],
  machineCores: readonly number[],
) {
  return cores.flatMap((core, i) => {
    if (machineCores.includes(core)) return [];
    const message = `${path.join('.')}: core ${core} is not on this machine; expected one of ${machineCores.join(', ')}`;
    return [source.problem([...path, i], message)];
  });
}

function unfitForDevice(source: SourceDocument, cores: readonly number[], generatorCore: number) {
  return cores.flatMap((core, i) => {
    const at = (message: string) => [source.problem(['device', 'cores', i], `device.cores: ${message}`)];
    if (core === generatorCore)
      return at(`core ${core} is the generator's already; each end needs one of its own`);
    return cores.indexOf(core) < i ? at(`core ${core} is in the list twice; expected each core once`) : [];
  });
}

/** A loop polls: two on one core would take it from each other, and neither kept its times. */
function unfit(
  source: SourceDocument,
  key: string,
  cores: readonly number[],
  deviceCores: readonly number[],
) {
  return cores.flatMap((core, i) => {
    const at = (message: string) => [source.problem(['generator', key, i], `generator.${key}: ${message}`)];
    if (deviceCores.includes(core))
      return at(`core ${core} is the device's; each end needs cores of its own`);
    return cores.indexOf(core) < i
      ? at(`core ${core} is in the list twice; expected each core once, with one queue`)
      : [];
  });
}
