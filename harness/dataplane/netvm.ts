import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataplaneName } from '../model/run.ts';
import { netvmdStatus, type NetvmdStatus } from '../native/netvmd-status.ts';
import {
  startControlled,
  startProgram,
  waitUntil,
  type ControlledProgram,
  type Program,
} from '../native/program.ts';
import type { Dataplane, DataplaneSite, Processes } from './dataplane.ts';
import { placesOf, regionOptions, regionsOf, type Place } from './domains.ts';
import { nfOptions, ownOptions } from './nf-options.ts';
import { restartable } from './restartable.ts';
import { stopAll } from './stop.ts';

const loadedSchema = z.object({ inline: z.number().int() });

const callTimeoutMs = 5_000;
/** An NF may compile patterns or rules when it starts. */
const loadTimeoutMs = 30_000;

/** netvmd with the cell's chain: of NF processes, or of NFs that it runs itself. With an empty one it forwards directly. */
export function netvm(name: DataplaneName): Dataplane {
  return restartable({ name, queuesMax: 16 }, async (cell, site) => {
    const regions = regionsOf(cell, site.hugeDir);
    // Of a run that was killed: netvmd would refuse to write over it.
    for (const file of [...regions, `${regions[0]}.port`]) rmSync(file, { force: true });
    const places = placesOf(cell, site.hugeDir);
    const telemetry = join(site.runDir, 'netvmd.tlm');
    const host = await startHost(site, regions, telemetry);
    const nfs: Program[] = [];
    try {
      if (cell.isolation === 'inline') {
        await loadInline(cell.nfs, host, site);
        return { telemetryPaths: [telemetry], host, nfs, down: () => stopAll(nfs, host) };
      }
      for (const [i, place] of places.entries()) nfs.push(startNf(cell.nfs[i] ?? '', place, site));
      await waitForChain(host, nfs, site.signal);
      await setChain(host, places, site.signal);
      return running(host, nfs, telemetry, async (slot, signal) => {
        const [name, place] = [cell.nfs[slot], places[slot]];
        if (name === undefined || place === undefined)
          throw new RangeError(`no NF ${slot} in a chain of ${cell.nfs.length}`);
        await kill(nfs, slot, host, signal);
        nfs[slot] = startNf(name, place, site);
        await waitForChain(host, nfs, signal);
        await setChain(host, places, signal);
      });
    } catch (error) {
      await stopAll(nfs, host);
      throw error;
    }
  });
}

export async function netvmStatus(host: ControlledProgram, signal: AbortSignal): Promise<NetvmdStatus> {
  return netvmdStatus.parse(await host.call('status', {}, { timeoutMs: callTimeoutMs, signal }));
}

/** Each NF of the chain becomes an instance of its own in netvmd's thread. Kept when packets would pass. */
async function loadInline(
  chain: readonly string[],
  host: ControlledProgram,
  { native, runDir, signal }: DataplaneSite,
): Promise<void> {
  const slots: z.output<typeof loadedSchema>[] = [];
  for (const nf of chain) {
    const params = { file: join(native, `nf-${nf}.so`), options: ownOptions(nf, runDir) };
    const answer = await host.call('inline.load', params, { timeoutMs: loadTimeoutMs, signal });
    slots.push(loadedSchema.parse(answer));
  }
  await waitForChain(host, [], signal);
  await host.call('chain.set', { slots }, { timeoutMs: callTimeoutMs, signal });
}

function startHost(
  site: DataplaneSite,
  regions: readonly string[],
  telemetry: string,
): Promise<ControlledProgram> {
  const { native, runDir, core, wire, queues = 1, node = null, signal } = site;
  const socket = join(runDir, 'netvmd.sock');
  return startControlled({
    name: 'netvmd',
    file: join(native, 'netvmd'),
    args: [
      ...['--core', String(core), '--wire', wire, '--control', socket],
      ...['--telemetry', telemetry, '--queues', String(queues)],
      ...regionOptions(regions, node),
    ],
    cpus: [core],
    runDir,
    socket,
    signal,
  });
}

/** An NF that shares its core with netvmd sleeps when it has nothing to do; polling, it would hold netvmd up. */
function startNf(nf: string, { slot, region }: Place, { native, runDir, core }: DataplaneSite): Program {
  return startProgram({
    name: `nf${slot}-${nf}`,
    file: join(native, `nf-${nf}`),
    args: [
      ...['--region', region, '--slot', String(slot), '--core', String(core), '--mode', 'shared'],
      ...nfOptions(nf, runDir),
    ],
    cpus: [core],
    runDir,
  });
}

function waitForChain(host: ControlledProgram, nfs: readonly Program[], signal: AbortSignal): Promise<true> {
  return waitUntil('the wire and all NFs were not ready', [host, ...nfs], signal, async () => {
    const status = await netvmStatus(host, signal);
    const ready = status.nfs.filter((nf) => nf.state === 'ready');
    return status.linkUp && ready.length === nfs.length ? true : null;
  });
}

async function setChain(
  host: ControlledProgram,
  places: readonly Place[],
  signal: AbortSignal,
): Promise<void> {
  const slots = places.map(({ domain, slot }) => ({ domain, slot }));
  await host.call('chain.set', { slots }, { timeoutMs: callTimeoutMs, signal });
}

/** Kept when netvmd has noticed it, and given the slot free for a successor. */
async function kill(
  nfs: readonly Program[],
  slot: number,
  host: ControlledProgram,
  signal: AbortSignal,
): Promise<void> {
  const child = nfs[slot]?.child;
  child?.kill('SIGKILL');
  await child?.exited;
  await waitUntil('netvmd did not notice that an NF died', [host], signal, async () => {
    const status = await netvmStatus(host, signal);
    return status.nfs.some((nf) => nf.slot === slot && nf.state === 'ready') ? null : true;
  });
}

function running(
  host: ControlledProgram,
  nfs: readonly Program[],
  telemetry: string,
  resetNf: NonNullable<Processes['resetNf']>,
): Processes {
  return { telemetryPaths: [telemetry], host, nfs, resetNf, down: () => stopAll(nfs, host) };
}
