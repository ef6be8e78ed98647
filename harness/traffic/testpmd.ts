import { setTimeout as sleep } from 'node:timers/promises';
import { generators } from '../model/generator.ts';
import { tscNow } from '../native/clock.ts';
import { startInTerminal, type TerminalProgram } from '../native/terminal.ts';
import {
  notCounted,
  type Generator,
  type GeneratorSite,
  type TrialReport,
  type TrialRequest,
} from './generator.ts';
import { readPortStats, readVersion } from './testpmd-stats.ts';

const prompt = 'testpmd> ';
const startMs = 20_000;
const answerMs = 5_000;
/** Descriptors of each direction, as netvm-gen's, and buffers for both, the flows' and the caches'. */
const log2Ring = 13;
const buffers = 24_576;
const memoryMb = 128;
const crcBytes = 4;

/**
 * Debian's dpdk-testpmd as the generator, on the server's side of the wire. It sends as fast as the wire takes packets, at no
 * other rate, does not number them and logs no gap of its own loop; what it offers, sends and gets back are its port's counters.
 * It is told what to do at its prompt. One core sends and receives (forwarding engine `flowgen`), then drains (`rxonly`).
 */
export async function startTestpmd(site: GeneratorSite): Promise<Generator> {
  const { wire, flows } = site;
  const port = `net_memif0,role=server,id=0,socket=${wire},socket-abstract=no,rsize=${log2Ring},bsize=2048`;
  const { program, version } = await startPrompt(site, port, ['-m', String(memoryMb), '--in-memory'], flows);
  return {
    name: 'testpmd',
    version,
    can: generators.testpmd.can,
    telemetryPath: null,
    program,
    leavesFirst: true,
    async linkUp(signal) {
      return /Link status: up/.test(await ask(program, 'show port info 0', signal));
    },
    trial: (request, signal) => trial(program, request, signal),
    down: () => program.stop(),
  };
}

/**
 * What the program alone does on a port that leads nowhere: it sends (forwarding engine `txonly`), and its counters are read.
 * Takes a second; needs no huge pages. Returns packets per second; throws where it sends nothing.
 */
export async function checkTestpmd(
  site: Pick<GeneratorSite, 'file' | 'core' | 'runDir' | 'signal'>,
): Promise<{ version: string; sentPps: number }> {
  const { signal } = site;
  const { program, version } = await startPrompt(site, 'net_null0', ['-m', '256', '--no-huge'], 1);
  try {
    const before = readPortStats(await ask(program, 'show port stats 0', signal));
    const { endNs, startNs } = await forward(program, 'txonly', 500, signal);
    const after = readPortStats(await ask(program, 'show port stats 0', signal));
    const sent = after.sent - before.sent;
    if (sent === 0) throw new Error('testpmd sent nothing in half a second on a port that takes everything');
    return { version, sentPps: (sent * 1e9) / (endNs - startNs) };
  } finally {
    await program.stop();
  }
}

/** Both of its threads share the core: the one at the prompt sleeps while the other one forwards. */
async function startPrompt(
  { file, core, runDir, signal }: Pick<GeneratorSite, 'file' | 'core' | 'runDir' | 'signal'>,
  port: string,
  memory: readonly string[],
  flows: number,
): Promise<{ program: TerminalProgram; version: string }> {
  const program = startInTerminal({
    name: 'testpmd',
    file,
    args: [
      ...['-v', '--lcores', `0@${core},1@${core}`, ...memory, '--no-shconf', '--no-pci', '--no-telemetry'],
      ...[
        '--iova-mode=va',
        '--vdev',
        port,
        '--',
        '-i',
        '--nb-cores=1',
        '--no-flush-rx',
        '--disable-link-check',
      ],
      ...[`--total-num-mbufs=${buffers}`, `--rxd=${2 ** log2Ring}`, `--txd=${2 ** log2Ring}`],
      `--flowgen-flows=${flows}`,
    ],
    cpus: [core],
    runDir,
  });
  try {
    const hello = await program.hear(prompt, { timeoutMs: startMs, signal });
    const version = readVersion(hello);
    if (version === null) throw new Error(`${file} did not say a version of DPDK; is it dpdk-testpmd?`);
    return { program, version };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

async function trial(
  program: TerminalProgram,
  request: TrialRequest,
  signal: AbortSignal,
): Promise<TrialReport> {
  if (request.pps !== 0) throw new Error('testpmd sends at no given rate; ask it for an unpaced trial');
  await ask(program, `set txpkts ${request.frameSizeBytes - crcBytes}`, signal);
  const before = readPortStats(await ask(program, 'show port stats 0', signal));
  const { startTsc, endTsc, startNs, endNs } = await forward(program, 'flowgen', request.durationMs, signal);
  await forward(program, 'rxonly', request.drainMs, signal);
  const after = readPortStats(await ask(program, 'show port stats 0', signal));
  const durationNs = endNs - startNs;
  const sent = after.sent - before.sent;
  const received = after.received - before.received;
  return {
    intendedPps: 0,
    offeredPps: (sent * 1e9) / durationNs,
    receivedPps: (received * 1e9) / durationNs,
    sent,
    received,
    lost: Math.max(0, sent - received),
    firstSendTsc: startTsc,
    lastSendTsc: endTsc,
    durationNs,
    ...notCounted,
  };
}

/**
 * Lets a forwarding engine run for a while. The times are of the harness's clock, between the two answers, so they are right
 * within a millisecond or so. However it ends, the engine is told to stop.
 */
async function forward(program: TerminalProgram, engine: string, durationMs: number, signal: AbortSignal) {
  await ask(program, `set fwd ${engine}`, signal);
  const startTsc = tscNow();
  const startNs = performance.now() * 1e6;
  await ask(program, 'start', signal);
  try {
    await sleep(durationMs, undefined, { signal });
  } finally {
    program.type('stop');
  }
  await program.hear(prompt, { timeoutMs: answerMs, signal });
  return { startTsc, startNs, endTsc: tscNow(), endNs: performance.now() * 1e6 };
}

async function ask(program: TerminalProgram, line: string, signal: AbortSignal): Promise<string> {
  program.type(line);
  const answer = await program.hear(prompt, { timeoutMs: answerMs, signal });
  if (/Command not found|Bad arguments|Ambiguous command/.test(answer)) {
    throw new Error(`testpmd does not know "${line}": expected the prompt of DPDK 22.11 or later`);
  }
  return answer;
}
