import { netvmdStatus, type NetvmdStatus } from '../native/netvmd-status.ts';
import type { ControlledProgram } from '../native/program.ts';

const callTimeoutMs = 5_000;

export async function netvmStatus(host: ControlledProgram, signal: AbortSignal): Promise<NetvmdStatus> {
  return netvmdStatus.parse(await host.call('status', {}, { timeoutMs: callTimeoutMs, signal }));
}
