import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell, DataplaneName, NfCost } from '../model/run.ts';
import { netvmdClient } from '../native/netvmd-client.ts';
import { startControlled, waitUntil, type ControlledProgram, type Program } from '../native/program.ts';
import type { Dataplane, DataplaneSite, Processes } from './dataplane.ts';
import { regionOptions, regionsOf } from './domains.ts';
import { flowRequests, tableLog2 } from './flow-entries.ts';
import { vmReadyMs } from './nf-command.ts';
import { hopsOf, programsOfHops, setChain, startHops, startInstance, type Hop } from './netvm-hops.ts';
import { serviceOf } from './netvm-service.ts';
import { netvmStatus } from './netvm-status.ts';
import { costOfLoading, costsOfHops } from './nf-cost.ts';
import { ownOptions } from './nf-options.ts';
import { restartable } from './restartable.ts';
import { stopAll } from './stop.ts';

/** netvmd with the cell's chain: of NF processes, or of NFs that it runs itself. With an empty one it forwards directly. */
export function netvm(name: DataplaneName): Dataplane {
  return restartable({ name, queuesMax: 16 }, async (cell, site) => {
    const regions = regionsOf(cell, site.hugeDir);
    // Of a run that was killed: netvmd would refuse to write over it.
    for (const file of [...regions, `${regions[0]}.port`]) rmSync(file, { force: true });
    const telemetry = join(site.runDir, 'netvmd.tlm');
    const host = await startHost(cell, site, regions, telemetry);
    const hops = hopsOf(cell);
    try {
      if (cell.isolation === 'inline') {
        const costs = await loadInline(cell, host, site);
        return {
          telemetryPaths: [telemetry],
          host,
          nfs: [],
          nfCosts: () => Promise.resolve(costs),
          down: () => stopAll([], host),
        };
      }
      startHops(hops, cell, site);
      await waitForChain(cell, host, programsOfHops(hops), site.signal);
      await setChain(host, hops, site.signal);
      await fillTable(host, cell, site.signal);
      return running({ cell, site, host, hops, telemetry });
    } catch (error) {
      await stopAll(programsOfHops(hops), host);
      throw error;
    }
  });
}

/** Each NF of the chain becomes an instance of its own in netvmd's thread. Kept with what each took, when packets would pass. */
async function loadInline(
  cell: Cell,
  host: ControlledProgram,
  { native, runDir, signal }: DataplaneSite,
): Promise<NfCost[]> {
  const client = netvmdClient(host);
  const hops: { readonly inline: number }[] = [];
  const costs: NfCost[] = [];
  for (const [place, nf] of cell.nfs.entries()) {
    const params = { file: join(native, `nf-${nf}.so`), options: ownOptions(nf, runDir) };
    const load = async () => void hops.push(await client.inlineLoad(params, { signal }));
    costs.push(await costOfLoading(`nf${place}-${nf}`, host, load));
  }
  await waitForChain(cell, host, [], signal);
  await client.chainSet({ hops }, { signal });
  return costs;
}

function startHost(
  { flowEntries = 0 }: Cell,
  site: DataplaneSite,
  regions: readonly string[],
  telemetry: string,
): Promise<ControlledProgram> {
  const { native, runDir, core, wire, queues = 1, node = null, signal } = site;
  const socket = join(runDir, 'netvmd.sock');
  const log2 = tableLog2(flowEntries);
  return startControlled({
    name: 'netvmd',
    file: join(native, 'netvmd'),
    args: [
      ...['--core', String(core), '--wire', wire, '--control', socket],
      ...['--telemetry', telemetry, '--queues', String(queues)],
      ...(log2 === null ? [] : ['--flows', String(log2)]),
      ...regionOptions(regions, node),
    ],
    cpus: [core],
    runDir,
    socket,
    signal,
  });
}

/** Its flows take the chain that they would have taken without: what it costs is the table alone. */
async function fillTable(
  host: ControlledProgram,
  { flowEntries = 0 }: Cell,
  signal: AbortSignal,
): Promise<void> {
  for (const flows of flowRequests(flowEntries))
    await netvmdClient(host).flowSet({ flows, chain: 'default' }, { signal });
}

function waitForChain(
  { isolation }: Cell,
  host: ControlledProgram,
  nfs: readonly Program[],
  signal: AbortSignal,
): Promise<true> {
  const isReady = async () => {
    const status = await netvmStatus(host, signal);
    const ready = status.nfs.filter((nf) => nf.state === 'ready');
    return status.linkUp && ready.length === nfs.length ? true : null;
  };
  const limitMs = isolation === 'vm' ? vmReadyMs : undefined;
  return waitUntil('the wire and all NFs were not ready', [host, ...nfs], signal, isReady, limitMs);
}

/** Kept when netvmd has noticed it, and given the slot free for a successor. */
async function kill(
  program: Program,
  slot: number,
  host: ControlledProgram,
  signal: AbortSignal,
): Promise<void> {
  program.child.kill('SIGKILL');
  await program.child.exited;
  await waitUntil('netvmd did not notice that an NF died', [host], signal, async () => {
    const status = await netvmStatus(host, signal);
    return status.nfs.some((nf) => nf.slot === slot && nf.state === 'ready') ? null : true;
  });
}

interface Up {
  readonly cell: Cell;
  readonly site: DataplaneSite;
  readonly host: ControlledProgram;
  readonly hops: readonly Hop[];
  readonly telemetry: string;
}

function running(up: Up): Processes {
  const { host, hops, telemetry } = up;
  const [first] = hops;
  return {
    telemetryPaths: [telemetry],
    host,
    get nfs() {
      return programsOfHops(hops);
    },
    resetNf: (index, signal) => resetNf(up, index, signal),
    nfCosts: (signal) => costsOfHops(hops, host, signal),
    ...(first?.isService && { service: serviceOf(first, hops, up) }),
    down: () => stopAll(programsOfHops(hops), host),
  };
}

async function resetNf({ cell, site, host, hops }: Up, index: number, signal: AbortSignal): Promise<void> {
  const all = hops.flatMap((hop) => hop.instances.map((instance, number) => ({ hop, instance, number })));
  const found = all[index];
  if (found === undefined) throw new RangeError(`no NF ${index} of ${all.length}`);
  const { hop, instance, number } = found;
  await kill(instance.program, instance.place.slot, host, signal);
  hop.instances[number] = startInstance(hop, instance.place, cell, site);
  await waitForChain(cell, host, programsOfHops(hops), signal);
  await setChain(host, hops, signal);
}
