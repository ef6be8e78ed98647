import { readFileSync } from 'node:fs';
import type { BothEnds } from '../model/run.ts';

/** The kernel counts in units of USER_HZ, which is 100 on every Linux of x86-64. */
const nsPerUnit = 1e7;
/** Place of `steal` behind the core's name (proc_stat(5)): user nice system idle iowait irq softirq steal. */
const stealField = 8;

/**
 * Time that the hypervisor took from the generator's cores (all of them together) and from the device's (the same) since boot, ns, in steps
 * of 10 ms; null where the kernel does not say. Read while no traffic runs: reading it interrupts the other cores.
 */
export function readStealNs(
  generatorCores: readonly number[],
  deviceCores: readonly number[],
): BothEnds | null {
  try {
    return parseSteal(readFileSync('/proc/stat', 'utf8'), generatorCores, deviceCores);
  } catch {
    return null;
  }
}

export function parseSteal(
  stat: string,
  generatorCores: readonly number[],
  deviceCores: readonly number[],
): BothEnds | null {
  const of = (core: number) => {
    const fields = new RegExp(`^cpu${core} .*$`, 'm').exec(stat)?.[0].split(/\s+/);
    const units = Number(fields?.[stealField] ?? Number.NaN);
    return Number.isSafeInteger(units) && units >= 0 ? units * nsPerUnit : null;
  };
  const sum = (cores: readonly number[]) =>
    cores.reduce<number | null>((total, core) => {
      const stolen = of(core);
      return total === null || stolen === null ? null : total + stolen;
    }, 0);
  const [generator, device] = [sum(generatorCores), sum(deviceCores)];
  return generator === null || device === null ? null : { generator, device };
}
