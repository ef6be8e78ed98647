import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where the kernel says what NUMA nodes there are. */
const machineNodes = '/sys/devices/system/node';

/**
 * The NUMA node that a core is on, where the machine has several; null where it has one, and where memory is makes no difference. `directory` holds a
 * `node<N>` for each node, and in it a `cpu<M>` for each of its cores, as the kernel's does.
 */
export function nodeOfCore(core: number, directory = machineNodes): number | null {
  if (!existsSync(directory)) return null;
  const nodes = readdirSync(directory).flatMap((name) => {
    const number = /^node(\d+)$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  if (nodes.length < 2) return null;
  return nodes.find((node) => existsSync(join(directory, `node${node}`, `cpu${core}`))) ?? null;
}
