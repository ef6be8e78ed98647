import { join } from 'node:path';
import { z } from 'zod';
import { startControlled, waitUntil, type ControlledProgram, type Program } from '../native/program.ts';
import { openTelemetry } from '../native/telemetry.ts';
import type { DataplaneSite } from './dataplane.ts';

/** The switch in front of the NFs of the baselines: where they join it, and whether they have. */

const statusSchema = z.object({
  linkUp: z.boolean(),
  ports: z.array(z.object({ index: z.number().int(), up: z.boolean() })),
});

const callTimeoutMs = 5_000;

/** Where NFs join: the sockets that it makes in a directory, or tap devices `<taps>0` and so on, which come to be with their guests. */
export type Joints = { readonly vhostDir: string } | { readonly taps: string };

/** The socket of NF i below its `vhostDir`. */
export const vhostSocket = (vhostDir: string, i: number): string => join(vhostDir, `nf${i}.sock`);

export function startSwitch(
  site: DataplaneSite,
  telemetry: string,
  nfs: number,
  joints: Joints,
): Promise<ControlledProgram> {
  const { native, runDir, core, wire, queues = 1, signal } = site;
  const socket = join(runDir, 'vswitch.sock');
  return startControlled({
    name: 'netvm-vswitch',
    file: join(native, 'netvm-vswitch'),
    args: [
      ...['--core', String(core), '--wire', wire, '--control', socket, '--telemetry', telemetry],
      ...('taps' in joints ? ['--taps', joints.taps] : ['--vhost-dir', joints.vhostDir]),
      ...['--nfs', String(nfs), '--queues', String(queues)],
    ],
    cpus: [core],
    runDir,
    socket,
    signal,
  });
}

/** Kept when the wire and so many of the switch's ports are up. */
export function waitForPorts(
  host: ControlledProgram,
  nfs: readonly Program[],
  ports: number,
  signal: AbortSignal,
  limitMs?: number,
): Promise<true> {
  const look = async () => {
    const answer = await host.call('status', {}, { timeoutMs: callTimeoutMs, signal });
    const status = statusSchema.parse(answer);
    const up = status.ports.filter((port) => port.up);
    return status.linkUp && up.length >= ports ? true : null;
  };
  return waitUntil('the wire and all ports were not up', [host, ...nfs], signal, look, limitMs);
}

/** Whether the NF that writes this telemetry has its link, and would take a packet. */
export function isLinkUp(path: string): boolean {
  try {
    const telemetry = openTelemetry(path);
    const up = telemetry.read().get('link.up') === 1n;
    telemetry.close();
    return up;
  } catch {
    // Not written yet; a file that stays none is found by waiting in vain.
    return false;
  }
}
