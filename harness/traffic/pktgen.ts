import { setTimeout as sleep } from 'node:timers/promises';
import { generators } from '../model/generator.ts';
import { lineRatePps } from '../model/units.ts';
import { tscNow } from '../native/clock.ts';
import { connectInside } from '../native/inside.ts';
import { waitUntil } from '../native/program.ts';
import { startInTerminal, type TerminalProgram } from '../native/terminal.ts';
import {
  notCounted,
  type Generator,
  type GeneratorSite,
  type TrialReport,
  type TrialRequest,
} from './generator.ts';
import { luaSession, type LuaSession } from './pktgen-lua.ts';
import { readCounters, readLinkBps, releaseOf, type PktgenRelease } from './pktgen-releases.ts';

/** Of a network that is Pktgen's alone, so any will do. */
const luaPort = 22022;
const answerMs = 5_000;
/** Pktgen takes a pool of 24,576 buffers for each kind of traffic. */
const memoryMb = 2_048;
/** Its counters are a snapshot that it takes once a second. */
const snapshotMs = 1_200;
const explainMs = 2_000;
/**
 * At each start it first writes 24,576 packets anew, which takes part of a second; then it sends what it should have sent
 * meanwhile, as fast as it can. In a short trial that would be all.
 */
const trialMsMin = 1_000;

export type PktgenSite = Pick<GeneratorSite, 'file' | 'core' | 'runDir' | 'signal'> & {
  /** Device arguments of its port, for example `net_null0`. */
  readonly port: string;
};

/**
 * Pktgen-DPDK as the generator. It exits without a terminal, and its prompt (`-g`) listens on every address of the host, whatever
 * address it is given, and runs any Lua that comes, as root: so it gets a terminal, and a network of its own whose loopback
 * nobody else reaches. Rates are shares of its port's line rate; it does not number its packets.
 */
export async function startPktgen(site: PktgenSite): Promise<Generator> {
  const { signal } = site;
  const program = startProgram(site);
  try {
    const lua = await openPrompt(program, signal);
    const said = await lua.run('return pktgen.info.Pktgen_Version', { timeoutMs: answerMs, signal });
    const { version, release } = releaseOf(said);
    // Its screen is drawn every second, and costs the core that sends.
    await lua.run('pktgen.screen("off")', { timeoutMs: answerMs, signal });
    return {
      name: 'pktgen',
      version,
      can: generators.pktgen.can,
      telemetryPath: null,
      program,
      leavesFirst: false,
      linkUp: async (signal) => (await linkBps(lua, release, signal)) !== null,
      trial: (request, signal) => trial(lua, release, request, signal),
      async down() {
        lua.close();
        await program.stop();
      },
    };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

/** What the program alone does on a port that leads nowhere: that it can be started, asked, and told to send. Takes some 10 s. */
export async function checkPktgen(
  site: Omit<PktgenSite, 'port'>,
): Promise<{ version: string; sentPps: number }> {
  const generator = await startPktgen({ ...site, port: 'net_null0' });
  try {
    const request = { frameSizeBytes: 64, pps: 1e6, durationMs: 2_000, drainMs: 1 };
    const { sent, offeredPps } = await generator.trial({ ...request, ...unused }, site.signal);
    if (sent === 0) throw new Error('pktgen sent nothing in 2 s on a port that takes everything');
    return { version: generator.version, sentPps: offeredPps };
  } finally {
    await generator.down();
  }
}

/** What a trial of Pktgen takes no notice of. */
const unused = { flows: 1, stampEvery: 64, lineRateBps: 10e9 };

/** Both of its threads share the core: the one that reads the terminal sleeps. */
function startProgram({ file, core, runDir, port }: PktgenSite): TerminalProgram {
  return startInTerminal({
    name: 'pktgen',
    file,
    args: [
      ...['--lcores', `0@${core},1@${core}`, '--no-huge', '-m', String(memoryMb), '--no-shconf', '--no-pci'],
      ...[
        '--no-telemetry',
        '--iova-mode=va',
        `--vdev=${port}`,
        '--',
        '-m',
        '1.0',
        '-g',
        `127.0.0.1:${luaPort}`,
      ],
    ],
    cpus: [core],
    runDir,
    // Where DPDK keeps its files.
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C', TERM: 'xterm', RUNTIME_DIRECTORY: runDir },
    ownNetwork: true,
  });
}

async function openPrompt(program: TerminalProgram, signal: AbortSignal): Promise<LuaSession> {
  const socket = await waitUntil(
    'pktgen opened no Lua prompt (was it built with Lua?)',
    [program],
    signal,
    () => Promise.resolve(connectInside(program.child, luaPort)),
  );
  return luaSession(socket, async () => {
    const status = await Promise.race([program.child.exited, sleep(explainMs, null, { ref: false })]);
    return status === null ? new Error('pktgen closed its Lua prompt') : program.death(status);
  });
}

async function linkBps(lua: LuaSession, release: PktgenRelease, signal: AbortSignal): Promise<number | null> {
  return readLinkBps(await lua.run(release.link, { timeoutMs: answerMs, signal }));
}

async function trial(
  lua: LuaSession,
  release: PktgenRelease,
  { frameSizeBytes, pps, durationMs, drainMs }: TrialRequest,
  signal: AbortSignal,
): Promise<TrialReport> {
  if (pps === 0) throw new Error('pktgen always paces itself; give it a rate');
  if (durationMs < trialMsMin) {
    throw new Error(
      `pktgen takes part of a second to start: expected a trial of at least ${trialMsMin} ms, got ${durationMs}`,
    );
  }
  const bps = await linkBps(lua, release, signal);
  if (bps === null) throw new Error("pktgen's link is down");
  // More than its line rate it cannot be asked for; the trial then shows that it was not offered.
  const percent = Math.min(100, (100 * pps) / lineRatePps(bps, frameSizeBytes));
  await lua.run(release.setUp(frameSizeBytes, percent), { timeoutMs: answerMs, signal });
  const before = await settledCounters(lua, release, signal);
  const firstSendTsc = tscNow();
  const startNs = performance.now() * 1e6;
  await lua.run(release.sendFor(durationMs), { timeoutMs: durationMs + answerMs, signal });
  const lastSendTsc = tscNow();
  const durationNs = performance.now() * 1e6 - startNs;
  await sleep(drainMs, undefined, { signal });
  const after = await settledCounters(lua, release, signal);
  const sent = after.sent - before.sent;
  const received = after.received - before.received;
  return {
    intendedPps: pps,
    offeredPps: (sent * 1e9) / durationNs,
    receivedPps: (received * 1e9) / durationNs,
    sent,
    received,
    lost: Math.max(0, sent - received),
    firstSendTsc,
    lastSendTsc,
    durationNs,
    ...notCounted,
  };
}

/** Of a snapshot taken after this was called. Throws where packets are still being sent. */
async function settledCounters(lua: LuaSession, release: PktgenRelease, signal: AbortSignal) {
  const read = async () => readCounters(await lua.run(release.counters, { timeoutMs: answerMs, signal }));
  await sleep(snapshotMs, undefined, { signal });
  const first = await read();
  await sleep(snapshotMs, undefined, { signal });
  const second = await read();
  if (first.sent === second.sent) return second;
  throw new Error(`pktgen still sends after it was stopped: ${first.sent} packets, then ${second.sent}`);
}
