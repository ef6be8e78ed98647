import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flowEntry } from '../dataplane/flow-entries.ts';
import { netvmdClient, type NetvmdClient } from '../native/netvmd-client.ts';
import type { NetvmdStatus } from '../native/netvmd-protocol.ts';
import { startProgram, waitUntil, type ControlledProgram, type Program } from '../native/program.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import type { TrialReport, TrialRequest } from '../traffic/generator.ts';
import { withBench, type Bench } from './bench.ts';
import { closeBooks, type ClosedBooks } from './books.ts';
import { cell } from './doubles.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';

const never = new AbortController().signal;

/** Well below what netvmd and four NFs on one core can do. */
export const steady: TrialRequest = {
  frameSizeBytes: 64,
  pps: 50_000,
  durationMs: 1_000,
  flows: 64,
  stampEvery: 64,
  lineRateBps: 10e9,
  drainMs: 200,
};

export interface TwoChains {
  readonly bench: Bench;
  readonly env: LocalTestbedEnv;
  readonly client: NetvmdClient;
  readonly host: ControlledProgram;
  /** The NF's process in each slot: 0 to 2 are of the default chain, 3 is all of the other one. */
  readonly nfs: Program[];
}

/** A default chain of a service with two instances (slots 0 and 1) and an NF (2), and `other` (3), which takes half of the flows. */
export function onTwoChains(work: (chains: TwoChains) => Promise<void>): Promise<void> {
  return withRealTestbed((env) =>
    withBench(cell({ nfs: Array<string>(4).fill('forward') }), benchOptions(env), async (bench) => {
      const host = bench.dataplane.host as ControlledProgram;
      const client = netvmdClient(host);
      const nfs = [...bench.dataplane.nfs];
      await client.chainSet({ hops: [] });
      await client.chainSet({ chain: 'other', hops: [3] });
      await setDefault(client);
      const flows = Array.from({ length: steady.flows / 2 }, (_, i) => flowEntry(i));
      await client.flowSet({ flows, chain: 'other' });
      try {
        await work({ bench, env, client, host, nfs });
      } finally {
        await Promise.all(nfs.map((nf) => nf.stop()));
      }
    }),
  );
}

/** After a death the service has lost an instance, or the chain is down. */
export async function setDefault(client: NetvmdClient): Promise<void> {
  await client.serviceSet({ service: 'pair', instances: [0, 1] });
  await client.chainSet({ hops: [{ service: 'pair' }, 2] });
}

/** `name` is the log's. */
export function startNf(env: LocalTestbedEnv, runDir: string, slot: number, name: string): Program {
  return startProgram({
    name,
    file: join(native, 'nf-forward'),
    args: [
      ...['--region', join(env.hugeDir, 'region'), '--slot', String(slot)],
      ...['--core', String(env.deviceCore), '--mode', 'shared'],
    ],
    cpus: [env.deviceCore],
    runDir,
  });
}

export async function waitForState(
  client: NetvmdClient,
  programs: readonly Program[],
  slot: number,
  state: NetvmdStatus['nfs'][number]['state'],
): Promise<void> {
  await waitUntil(`the NF in slot ${slot} was not ${state}`, programs, never, async () => {
    const { nfs } = await client.status({});
    return nfs.some((nf) => nf.slot === slot && nf.state === state) ? true : null;
  });
}

/** Kills an NF, and puts a new one into its slot as soon as netvmd says that it is dead. */
export async function killAndReplace(chains: TwoChains, slot: number, name: string): Promise<void> {
  const { client, host, nfs, env } = chains;
  nfs[slot]?.child.kill('SIGKILL');
  await waitForState(client, [host], slot, 'dead');
  const successor = startNf(env, env.runDir, slot, name);
  nfs[slot] = successor;
  await waitForState(client, [host, successor], slot, 'ready');
  await setDefault(client);
}

export function chainNamed({ chains }: NetvmdStatus, name: string): NetvmdStatus['chains'][number] {
  const found = chains.find(({ chain }) => chain === name);
  if (found === undefined) throw new Error(`netvmd has no chain ${name}`);
  return found;
}

/** Trials one after the other until the work is done; the books over all of them. */
export async function booksUnderLoad(
  { bench }: TwoChains,
  request: TrialRequest,
  work: () => Promise<void>,
): Promise<ClosedBooks> {
  const programs = [bench.generatorTelemetry, ...bench.deviceTelemetry];
  const before = programs.map((program) => program.read());
  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  const reports: TrialReport[] = [];
  do reports.push(await bench.generator.trial(request, never));
  while (!isDone);
  await working;
  await sleep(request.drainMs);
  const readings = programs.map((program, i) => ({
    before: before[i] ?? new Map<string, bigint>(),
    after: program.read(),
  }));
  return closeBooks(reports.reduce(together), readings);
}

function together(a: TrialReport, b: TrialReport): TrialReport {
  return {
    ...a,
    sent: a.sent + b.sent,
    received: a.received + b.received,
    duplicates: a.duplicates + b.duplicates,
    reordered: a.reordered + b.reordered,
    foreign: a.foreign + b.foreign,
  };
}
