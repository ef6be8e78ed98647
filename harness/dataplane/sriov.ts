import { join } from 'node:path';
import type { Cell } from '../model/run.ts';
import { startProgram, waitUntil, type Program } from '../native/program.ts';
import { nfCore, type Dataplane, type DataplaneSite } from './dataplane.ts';
import { nfOptions } from './nf-options.ts';
import { restartable } from './restartable.ts';
import { stopAll } from './stop.ts';
import { isLinkUp } from './vswitch.ts';

const traits = { name: 'sriov', queuesMax: 1, onVirtualFunctions: true } as const;

/**
 * SR-IOV as an emulation: each NF in a process of its own on a virtual function (VF), chained by address through the NIC's embedded switch.
 * NIC and switch are software in the generator's loop (native/gen/eswitch.c), so that its copies cost the device's core nothing, as DMA costs
 * it nothing. There is no other program than the NFs.
 */
export const sriov: Dataplane = restartable(traits, async (cell, site) => {
  const telemetryPaths = cell.nfs.map((_, i) => join(site.runDir, `nf${i}.tlm`));
  const nfs: Program[] = [];
  try {
    // One after the other: they share a core, and those that are up poll it.
    for (const [i, path] of telemetryPaths.entries()) {
      nfs.push(startNf(cell, i, path, site));
      await waitForLink(nfs, path, site.signal);
    }
    return { telemetryPaths, host: null, nfs, down: () => stopAll(nfs, null) };
  } catch (error) {
    await stopAll(nfs, null);
    throw error;
  }
});

/** The socket of virtual function i on the wire's NIC, as netvm-gen names it. */
function virtualFunction(wire: string, i: number): string {
  return `${wire}.vf${i}`;
}

/** Ethernet addresses as in native/abi/vf.h: the generator behind the wire, then the virtual functions. */
export function macOf(place: number | 'wire'): string {
  const last = place === 'wire' ? 1 : 2 + place;
  return `02:00:00:00:00:${last.toString(16).padStart(2, '0')}`;
}

function startNf({ nfs }: Cell, index: number, telemetry: string, site: DataplaneSite): Program {
  const { native, runDir, wire } = site;
  const core = nfCore(site, index);
  const nf = nfs[index] ?? '';
  const next = index + 1 < nfs.length ? index + 1 : 'wire';
  return startProgram({
    name: `nf${index}-${nf}`,
    file: join(native, `nf-${nf}-vf`),
    args: [
      ...['--core', String(core), '--vf', virtualFunction(wire, index), '--index', String(index)],
      ...['--next-mac', macOf(next), '--telemetry', telemetry, ...nfOptions(nf, runDir)],
    ],
    cpus: [core],
    runDir,
  });
}

/** Kept when the last one's virtual function is up, which its telemetry says. */
function waitForLink(nfs: readonly Program[], path: string, signal: AbortSignal): Promise<true> {
  return waitUntil('a virtual function was not up', nfs, signal, () =>
    Promise.resolve(isLinkUp(path) ? true : null),
  );
}
