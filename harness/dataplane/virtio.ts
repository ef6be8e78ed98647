import { join } from 'node:path';
import { startProgram, waitUntil, type Program, type ProgramOptions } from '../native/program.ts';
import { nfCore, type Dataplane, type DataplaneSite } from './dataplane.ts';
import { machineOptions, vmReadyMs } from './nf-command.ts';
import { nfOptions } from './nf-options.ts';
import { restartable } from './restartable.ts';
import { stopAll } from './stop.ts';
import { isLinkUp, startSwitch, vhostSocket, waitForPorts, type Joints } from './vswitch.ts';

/** What NFs in virtual machines are without NetVM: each behind a network device of its guest. */
interface Device {
  readonly name: 'virtio' | 'virtio-kernel' | 'virtio-tap';
  /** What drives it in the guest: DPDK, or the kernel with the NF on an AF_PACKET socket. */
  readonly driver: 'virtio' | 'packet';
  /** What it is on the host: a port of the switch by vhost-user, or a tap device that the switch has a socket on. */
  readonly backend: 'vhost' | 'tap';
}

export const virtio = behind({ name: 'virtio', driver: 'virtio', backend: 'vhost' });
export const virtioKernel = behind({ name: 'virtio-kernel', driver: 'packet', backend: 'vhost' });
export const virtioTap = behind({ name: 'virtio-tap', driver: 'packet', backend: 'tap' });

function behind(device: Device): Dataplane {
  return restartable({ name: device.name, queuesMax: 1 }, async (cell, site) => {
    const telemetry = join(site.runDir, 'vswitch.tlm');
    const nfTelemetry = cell.nfs.map((_, i) => join(site.runDir, `nf${i}.tlm`));
    const joints = device.backend === 'tap' ? { taps: freshTaps() } : { vhostDir: site.runDir };
    const host = await startSwitch(site, telemetry, cell.nfs.length, joints);
    const nfs: Program[] = [];
    try {
      // At once: each takes seconds to boot.
      for (const [i, nf] of cell.nfs.entries()) {
        const place = { nf, index: i, telemetry: nfTelemetry[i] ?? '' };
        nfs.push(startProgram(guestProgram(device, place, joints, site)));
      }
      await waitForPorts(host, nfs, cell.nfs.length, site.signal, vmReadyMs);
      // A guest's kernel has its device before its NF does, and would lose what comes in between.
      const ready = () => Promise.resolve(nfTelemetry.every(isLinkUp) ? true : null);
      await waitUntil('the NFs in the guests were not ready', [host, ...nfs], site.signal, ready, vmReadyMs);
      return { telemetryPaths: [telemetry, ...nfTelemetry], host, nfs, down: () => stopAll(nfs, host) };
    } catch (error) {
      await stopAll(nfs, host);
      throw error;
    }
  });
}

let tapsMade = 0;

/**
 * Names that no other process or earlier start of ours has: a tap device goes with its QEMU, but not in the same moment. At most 13 characters, of
 * an interface's 15.
 */
function freshTaps(): string {
  return `nv${process.pid.toString(36)}-${(tapsMade++ % 1296).toString(36)}-`;
}

/** The launcher of an NF's guest, on the NF's core. */
export function guestProgram(
  { driver }: Pick<Device, 'driver'>,
  { nf, index, telemetry }: { readonly nf: string; readonly index: number; readonly telemetry: string },
  joints: Joints,
  site: DataplaneSite,
): ProgramOptions {
  const { native, runDir } = site;
  const core = nfCore(site, index);
  const name = `nf${index}-${nf}`;
  return {
    name,
    file: join(native, 'netvm-vm'),
    args: [
      ...['--nf', join(native, `nf-${nf}-guest-${driver}`), ...machineOptions(name, site)],
      ...('taps' in joints
        ? ['--tap', `${joints.taps}${index}`]
        : ['--vhost', vhostSocket(joints.vhostDir, index)]),
      ...['--index', String(index), '--telemetry', telemetry, '--core', String(core), '--mode', 'shared'],
      ...nfOptions(nf, runDir),
    ],
    cpus: [core],
    runDir,
  };
}
