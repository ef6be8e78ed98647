import type { DataplaneName } from '../model/run.ts';
import type { Dataplane } from './dataplane.ts';
import { netvm } from './netvm.ts';
import { sriov } from './sriov.ts';
import { vhostUser } from './vhost-user.ts';
import { virtio, virtioKernel, virtioTap } from './virtio.ts';

/** The data planes by name. The forwarder is netvmd with an empty chain: a bare DPDK forwarder without an NF process. */
export const dataplanes: Readonly<Record<DataplaneName, Dataplane>> = {
  netvm: netvm('netvm'),
  forwarder: netvm('forwarder'),
  'vhost-user': vhostUser,
  virtio,
  'virtio-kernel': virtioKernel,
  'virtio-tap': virtioTap,
  sriov,
};
