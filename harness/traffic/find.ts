import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { ExternalName, GeneratorFiles } from '../model/generator.ts';

/** What a generator's program is called, and how it is come by. */
const programs: Readonly<Record<ExternalName, { readonly file: string; readonly remedy: string }>> = {
  testpmd: { file: 'dpdk-testpmd', remedy: 'apt-get install dpdk-dev on Debian' },
  pktgen: {
    file: 'pktgen',
    remedy: 'Pktgen-DPDK 23.06.1 or 23.03.1, built with Lua, is not part of NetVM: get it yourself',
  },
  moongen: { file: 'MoonGen', remedy: 'MoonGen is not part of NetVM: get it yourself' },
};

export type Found = { readonly file: string } | { readonly missing: string };

/**
 * Looks for a generator: where the testbed says, and nowhere else if it does; otherwise on the PATH. `missing` is a sentence
 * with the remedy.
 */
export function findGenerator(
  name: ExternalName,
  configured: GeneratorFiles,
  path = process.env['PATH'] ?? '',
): Found {
  const { file, remedy } = programs[name];
  const said = configured[name];
  if (said !== undefined) {
    const fault = faultOf(said);
    return fault === null
      ? { file: realpathSync(said) }
      : { missing: `${said}, which the testbed names as generator.${name}, ${fault}` };
  }
  for (const directory of path.split(delimiter).filter(isAbsolute)) {
    const candidate = join(directory, file);
    if (faultOf(candidate) === null) return { file: realpathSync(candidate) };
  }
  const where = `put ${file} on the PATH (sudo has one of its own), or its path into the testbed as generator.${name}`;
  return { missing: `there is no ${file} on the PATH: ${remedy}, and ${where}` };
}

function faultOf(file: string): string | null {
  try {
    if (!statSync(file).isFile()) return 'is not a plain file';
    accessSync(file, constants.X_OK);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'cannot be executed';
  }
}
