import { join } from 'node:path';
import type { Cell } from '../model/run.ts';
import type { ProgramOptions } from '../native/program.ts';
import type { DataplaneSite } from './dataplane.ts';
import type { Place } from './domains.ts';
import { nfOptions } from './nf-options.ts';

/** How an NF is started in its place, by its isolation. `name` is its program's, and names its files; `core` is the one that it runs on. */
export function nfCommand(
  { nf, name, core }: { readonly nf: string; readonly name: string; readonly core: number },
  { region, slot }: Place,
  { isolation, scheduling = 'shared' }: Pick<Cell, 'isolation' | 'scheduling'>,
  site: DataplaneSite,
): Pick<ProgramOptions, 'file' | 'args'> {
  const { native, runDir } = site;
  const joins = ['--region', region, '--slot', String(slot), '--core', String(core), '--mode', scheduling];
  const common = [...joins, ...nfOptions(nf, runDir)];
  switch (isolation) {
    case 'microvm':
      return { file: join(native, 'netvm-microvm'), args: ['--nf', join(native, `nf-${nf}.bin`), ...common] };
    case 'vm':
      return {
        file: join(native, 'netvm-vm'),
        args: ['--nf', nf, ...machineOptions(name, site), ...common],
      };
    default:
      return { file: join(native, `nf-${nf}`), args: common };
  }
}

/** A virtual machine boots, for seconds where it is translated; where NFs have no cores of their own, all of a chain share netvmd's. */
export const vmReadyMs = 90_000;

/** Of a virtual machine, whatever is in it. What its console says is kept with the logs. */
export function machineOptions(name: string, { runDir, guest }: DataplaneSite): string[] {
  if (guest === undefined) throw new Error(`${name}: there is no guest's image that it could start with`);
  const { kernel, initrd, accelerator } = guest;
  const serial = join(runDir, `${name}.serial.log`);
  const machine = ['--kernel', kernel, '--initrd', initrd, '--accel', accelerator, '--serial', serial];
  return [...machine, '--ready-s', String(vmReadyMs / 1e3)];
}
