import { join } from 'node:path';
import { startProgram, type Program } from '../native/program.ts';
import { nfCore, type Dataplane, type DataplaneSite } from './dataplane.ts';
import { nfOptions } from './nf-options.ts';
import { restartable } from './restartable.ts';
import { stopAll } from './stop.ts';
import { startSwitch, vhostSocket, waitForPorts } from './vswitch.ts';

/** Each NF's port has as many queues as the wire, and a virtio_user port of DPDK 22.11 has no more than these. */
const traits = { name: 'vhost-user', queuesMax: 8 } as const;

/** The baseline: a vhost-user switch in front of the same NFs, each on a virtio_user port. */
export const vhostUser: Dataplane = restartable(traits, async (cell, site) => {
  const telemetry = join(site.runDir, 'vswitch.tlm');
  const host = await startSwitch(site, telemetry, cell.nfs.length, { vhostDir: site.runDir });
  const nfs: Program[] = [];
  const nfTelemetry = cell.nfs.map((_, i) => join(site.runDir, `nf${i}.tlm`));
  try {
    for (const [i, nf] of cell.nfs.entries()) {
      nfs.push(startNf(nf, i, nfTelemetry[i] ?? '', site));
      // One after the other: they share a core, and each needs it to start.
      await waitForPorts(host, nfs, i + 1, site.signal);
    }
    return {
      telemetryPaths: [telemetry, ...nfTelemetry],
      host,
      nfs,
      down: () => stopAll(nfs, host),
    };
  } catch (error) {
    await stopAll(nfs, host);
    throw error;
  }
});

function startNf(nf: string, index: number, telemetry: string, site: DataplaneSite): Program {
  const { native, runDir, queues = 1 } = site;
  const core = nfCore(site, index);
  return startProgram({
    name: `nf${index}-${nf}`,
    file: join(native, `nf-${nf}-virtio`),
    args: [
      ...['--core', String(core), '--vhost', vhostSocket(runDir, index)],
      ...['--index', String(index), '--telemetry', telemetry, '--queues', String(queues)],
      ...nfOptions(nf, runDir),
    ],
    cpus: [core],
    runDir,
  });
}
