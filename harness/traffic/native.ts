import { join } from 'node:path';
import { z } from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { generators } from '../model/generator.ts';
import { startControlled } from '../native/program.ts';
import type { Generator, GeneratorSite } from './generator.ts';

const statusSchema = z.object({ linkUp: z.boolean() });
const count = z.number().int().nonnegative();
const rate = z.number().nonnegative();
const reportSchema = z.object({
  intendedPps: rate,
  offeredPps: rate,
  receivedPps: rate,
  sent: count,
  received: count,
  lost: count,
  duplicates: count,
  reordered: count,
  foreign: count,
  strayed: count,
  wireFull: count,
  firstSendTsc: count,
  lastSendTsc: count,
  stepTsc: count,
  durationNs: count,
  latencySamples: count,
  gapNs: count,
  sendLateNsMax: count,
  sendLateOver10us: count,
  sendLateOver1ms: count,
  offeredBps: rate,
  frameSizes: z.array(z.object({ bytes: count, sent: count, received: count })),
});

const statusTimeoutMs = 5_000;
/** Beyond the trial itself: its preparation, a drain of a second at most, a busy machine. */
const trialSlackMs = 10_000;

/** Starts netvm-gen. */
export async function startNativeGenerator(site: Omit<GeneratorSite, 'flows' | 'file'>): Promise<Generator> {
  const { native, runDir, core, wire, signal } = site;
  const { txCores = [core], rxCores = [core], vfs = 0 } = site;
  const socket = join(runDir, 'gen.sock');
  const telemetryPath = join(runDir, 'gen.tlm');
  const program = await startControlled({
    name: 'netvm-gen',
    file: join(native, 'netvm-gen'),
    args: [
      ...['--core', String(core), '--tx-cores', txCores.join(), '--rx-cores', rxCores.join()],
      ...['--wire', wire, '--control', socket, '--telemetry', telemetryPath],
      ...(vfs > 0 ? ['--vfs', String(vfs)] : []),
    ],
    cpus: [...new Set([core, ...txCores, ...rxCores])],
    runDir,
    socket,
    signal,
  });
  return {
    name: 'native',
    version: packageJson.version,
    can: generators.native.can,
    telemetryPath,
    program,
    leavesFirst: false,
    async linkUp(signal) {
      const status = await program.call('status', {}, { timeoutMs: statusTimeoutMs, signal });
      return statusSchema.parse(status).linkUp;
    },
    async trial(request, signal) {
      const sendMs = request.durationMs + (request.thenDurationMs ?? 0);
      const timeoutMs = sendMs + request.drainMs + trialSlackMs;
      return reportSchema.parse(await program.call('trial', request, { timeoutMs, signal }));
    },
    down: () => program.stop(),
  };
}
