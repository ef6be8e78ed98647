import { netvmdClient } from '../native/netvmd-client.ts';
import type { NetvmdStatus } from '../native/netvmd-protocol.ts';
import type { ControlledProgram } from '../native/program.ts';

export function netvmStatus(host: ControlledProgram, signal: AbortSignal): Promise<NetvmdStatus> {
  return netvmdClient(host).status({}, { signal });
}
