import { readFile } from 'node:fs/promises';
import { exitCode, UserError } from '../model/errors.ts';

/** Modules of a kernel by name (`virtio_net`), with their files. */
export type ModuleFiles = ReadonlyMap<string, string>;

/** As the kernel calls a module whose file is `uio-pci-generic.ko`. */
export const moduleName = (file: string): string => file.replace(/\.ko$/, '').replaceAll('-', '_');

/**
 * Files of the modules and of all that they need, each after those that it needs itself. Which those are differs from one kernel to the next, and
 * a module says it. Throws UserError (exit 3) for one that is not there.
 */
export async function modulesInOrder(wanted: readonly string[], files: ModuleFiles): Promise<string[]> {
  const order = new Set<string>();
  const add = async (name: string, path: readonly string[]): Promise<void> => {
    const file = files.get(name);
    if (file === undefined || path.includes(name))
      throw new UserError(
        exitCode.testbedUnable,
        `the kernel for guests has no module ${[...path, name].join(' > ')}`,
      );
    if (order.has(file)) return;
    for (const needed of neededBy(await readFile(file))) await add(needed, [...path, name]);
    order.add(file);
  };
  for (const name of wanted) await add(name, []);
  return [...order];
}

/** What a module (ELF, section .modinfo) says that it needs. */
export function neededBy(module: Buffer): string[] {
  const start = module.indexOf('\0depends=');
  if (start < 0) return [];
  const list = module.toString('latin1', start + '\0depends='.length, module.indexOf(0, start + 1));
  return list.split(',').flatMap((name) => (name === '' ? [] : [moduleName(name)]));
}
