import { join } from 'node:path';
import { z } from 'zod';
import {
  startControlled,
  startProgram,
  waitUntil,
  type ControlledProgram,
  type Program,
} from '../native/program.ts';
import { nfCore, type Dataplane, type DataplaneSite } from './dataplane.ts';
import { nfOptions } from './nf-options.ts';
import { restartable } from './restartable.ts';
import { stopAll } from './stop.ts';

const statusSchema = z.object({
  linkUp: z.boolean(),
  ports: z.array(z.object({ index: z.number().int(), up: z.boolean() })),
});

const callTimeoutMs = 5_000;

/** Each NF's port has as many queues as the wire, and a virtio_user port of DPDK 22.11 has no more than these. */
const traits = { name: 'vhost-user', queuesMax: 8 } as const;

/** The baseline: a vhost-user switch in front of the same NFs, each on a virtio_user port. */
export const vhostUser: Dataplane = restartable(traits, async (cell, site) => {
  const telemetry = join(site.runDir, 'vswitch.tlm');
  const host = await startSwitch(site, telemetry, cell.nfs.length);
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

function startSwitch(site: DataplaneSite, telemetry: string, nfs: number): Promise<ControlledProgram> {
  const { native, runDir, core, wire, queues = 1, signal } = site;
  const socket = join(runDir, 'vswitch.sock');
  return startControlled({
    name: 'netvm-vswitch',
    file: join(native, 'netvm-vswitch'),
    args: [
      ...['--core', String(core), '--wire', wire, '--control', socket, '--telemetry', telemetry],
      ...['--vhost-dir', runDir, '--nfs', String(nfs), '--queues', String(queues)],
    ],
    cpus: [core],
    runDir,
    socket,
    signal,
  });
}

function startNf(nf: string, index: number, telemetry: string, site: DataplaneSite): Program {
  const { native, runDir, queues = 1 } = site;
  const core = nfCore(site, index);
  return startProgram({
    name: `nf${index}-${nf}`,
    file: join(native, `nf-${nf}-virtio`),
    args: [
      ...['--core', String(core), '--vhost', join(runDir, `nf${index}.sock`)],
      ...['--index', String(index), '--telemetry', telemetry, '--queues', String(queues)],
      ...nfOptions(nf, runDir),
    ],
    cpus: [core],
    runDir,
  });
}

function waitForPorts(
  host: ControlledProgram,
  nfs: readonly Program[],
  ports: number,
  signal: AbortSignal,
): Promise<true> {
  return waitUntil('the wire and all ports were not up', [host, ...nfs], signal, async () => {
    const answer = await host.call('status', {}, { timeoutMs: callTimeoutMs, signal });
    const status = statusSchema.parse(answer);
    const up = status.ports.filter((port) => port.up);
    return status.linkUp && up.length >= ports ? true : null;
  });
}
