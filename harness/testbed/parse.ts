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
  readonly deviceCore: number;
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
  const deviceCore = input.device.cores[0] ?? 0;
  const problems = [
    ...absent(source, 'generator', generatorCore, machineCores),
    ...absent(source, 'device', deviceCore, machineCores),
  ];
  if (generatorCore === deviceCore) {
    const message = `device.cores: core ${deviceCore} is the generator's already; each end needs one of its own`;
    problems.push(source.problem(['device', 'cores', 0], message));
  }
  if (problems.length > 0) throw new BadInput(problems);
  const { cores: _, ...generatorFiles } = input.generator;
  const { name, kind } = input;
  return { name, kind, generatorCore, deviceCore, pages2M: input.hugepages.pages2M, generatorFiles };
}

function absent(source: SourceDocument, end: string, core: number, machineCores: readonly number[]) {
  if (machineCores.includes(core)) return [];
  const message = `${end}.cores: core ${core} is not on this machine; expected one of ${machineCores.join(', ')}`;
  return [source.problem([end, 'cores', 0], message)];
}
