import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ControlError } from '../native/control.ts';
import { netvmdClient } from '../native/netvmd-client.ts';
import { startControlled, startProgram, waitUntil } from '../native/program.ts';
import { randomOf } from '../stats/random.ts';
import { withBench } from './bench.ts';
import { expectEveryBuffer } from './buffers.fixture.ts';
import { closedTrial } from './closed-trial.fixture.ts';
import { cell } from './doubles.fixture.ts';
import {
  booksUnderLoad,
  chainNamed,
  killAndReplace,
  onTwoChains,
  setDefault,
  startNf,
  steady,
  waitForState,
} from './faults.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';

/** Faults of NFs and of netvmd, on the real data plane under load: no buffer is lost, no counter wrong, and no neighbour harmed. */

const never = new AbortController().signal;
const kills = Number(process.env.NETVM_FAULT_KILLS ?? 50);

/** What a call is refused with; null where it is obeyed. */
async function refusal(call: Promise<unknown>): Promise<ControlError | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (error instanceof ControlError) return error;
    throw error;
  }
}

test(
  `${kills} NFs are killed under load: nothing is lost without a name, and the other chain loses nothing`,
  {
    timeout: 60_000 + 1_000 * kills,
  },
  () =>
    onTwoChains(async (chains) => {
      const { client, host } = chains;
      const random = randomOf(kills);
      const began = performance.now();
      const { books, fault } = await booksUnderLoad(chains, steady, async () => {
        for (let i = 0; i < kills; i++)
          await killAndReplace(chains, Math.floor(3 * random()), `successor${i}`);
      });
      const status = await client.status({});
      const other = chainNamed(status, 'other');
      if (process.env.NETVM_FAULT_KILLS !== undefined)
        console.log(JSON.stringify({ elapsedMs: performance.now() - began, books, fault, status }, null, 1));
      expect(fault).toBeNull();
      expect(books.drops['netvmd.nf_died'] ?? 0).toBeGreaterThan(0);
      expect(books.drops['netvmd.chain_down'] ?? 0).toBeGreaterThan(0);
      expect([books.duplicates, host.child.status]).toEqual([0, null]);
      expect(other.entered).toBeGreaterThan(0);
      expect(other).toMatchObject({ dropped: 0, inFlight: 0, left: other.entered });
      const first = chainNamed(status, 'default');
      expect(first).toMatchObject({ state: 'up', inFlight: 0, entered: first.left + first.dropped });
      await expectEveryBuffer(() => client.status({}));
    }),
);

test.each([
  { of: 'an instance of a service', slot: 0 },
  { of: 'an NF of a chain', slot: 2 },
])('$of that stands still stops no neighbour, and goes on where it was', ({ slot }) =>
  onTwoChains(async (chains) => {
    const { client, nfs, bench } = chains;
    const leftOf = async (name: string) => chainNamed(await client.status({}), name).left;
    const grows = async (name: string, by: number) => {
      const wanted = (await leftOf(name)) + by;
      await expect.poll(() => leftOf(name), { timeout: 10_000 }).toBeGreaterThan(wanted);
    };
    const dropped = () => bench.deviceTelemetry[0]?.read().get('drop.netvmd.backpressure') ?? 0n;
    const { books, fault } = await booksUnderLoad(chains, { ...steady, durationMs: 4_000 }, async () => {
      await grows('default', 1_000);
      nfs[slot]?.child.kill('SIGSTOP');
      await expect.poll(dropped, { timeout: 10_000 }).toBeGreaterThan(0n);
      await grows('other', 1_000);
      const before = chainNamed(await client.status({}), 'default');
      nfs[slot]?.child.kill('SIGCONT');
      expect(before).toMatchObject({ state: 'up' });
      await grows('default', 5_000);
    });
    expect(fault).toBeNull();
    expect(Object.keys(books.drops)).toEqual(['netvmd.backpressure']);
    const other = chainNamed(await client.status({}), 'other');
    expect(other).toMatchObject({ dropped: 0, inFlight: 0, left: other.entered });
    await expectEveryBuffer(() => client.status({}));
  }),
);

test('a chain goes on without an NF that stands still with all that it may have', () =>
  onTwoChains(async (chains) => {
    const { client, nfs, bench } = chains;
    const leftOf = async () => chainNamed(await client.status({}), 'default').left;
    const dropped = () => bench.deviceTelemetry[0]?.read().get('drop.netvmd.backpressure') ?? 0n;
    const { books, fault } = await booksUnderLoad(chains, { ...steady, durationMs: 4_000 }, async () => {
      await expect.poll(leftOf, { timeout: 10_000 }).toBeGreaterThan(1_000);
      nfs[2]?.child.kill('SIGSTOP');
      await expect.poll(dropped, { timeout: 10_000 }).toBeGreaterThan(0n);
      await client.chainSet({ hops: [{ service: 'pair' }] });
      const wanted = (await leftOf()) + 5_000;
      await expect.poll(leftOf, { timeout: 10_000 }).toBeGreaterThan(wanted);
      expect((await client.status({})).buffers.parked).toBeGreaterThan(0);
      nfs[2]?.child.kill('SIGCONT');
    });
    expect(fault).toBeNull();
    expect(books.drops['netvmd.chain_changed']).toBeGreaterThan(0); // what the NF had
    await expectEveryBuffer(() => client.status({}));
  }));

test('an NF that is stopped twice, and killed on its way out, gives each buffer back once', () =>
  onTwoChains(async (chains) => {
    const { client, nfs, env } = chains;
    const { books, fault } = await booksUnderLoad(chains, steady, async () => {
      for (let i = 0; i < 10; i++) {
        await client.serviceSet({ service: 'pair', instances: [1] });
        await client.nfStop({ slot: 0 });
        // It may still be there, or not any more: both are right.
        const again = await refusal(client.nfStop({ slot: 0 }));
        expect([undefined, 'slot']).toContain(again?.field);
        nfs[0]?.child.kill('SIGKILL');
        await nfs[0]?.child.exited;
        await waitForState(client, [], 0, 'dead');
        const successor = startNf(env, env.runDir, 0, `successor${i}`);
        nfs[0] = successor;
        await waitForState(client, [successor], 0, 'ready');
        await setDefault(client);
      }
    });
    // It left its service first, so nothing was in its hands.
    expect([fault, books.drops, books.duplicates]).toEqual([null, {}, 0]);
    await expectEveryBuffer(() => client.status({}));
  }));

test('an NF that dies before netvmd has noticed it leaves its slot to the next one', () =>
  onTwoChains(async ({ bench, client, env, host, nfs }) => {
    nfs[0]?.child.kill('SIGKILL');
    await waitForState(client, [host], 0, 'dead');
    host.child.kill('SIGSTOP');
    const unseen = startNf(env, env.runDir, 0, 'unseen');
    // It sleeps when it has said that it is ready, and not before.
    await waitUntil('the NF did not join', [unseen], never, () => {
      const { pid } = unseen.child;
      const isJoined = readFileSync(`/proc/${pid}/maps`, 'utf8').includes(join(env.hugeDir, 'region'));
      const isAsleep = /^State:\s+S/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      return Promise.resolve(isJoined && isAsleep ? true : null);
    });
    unseen.child.kill('SIGKILL');
    await unseen.child.exited;
    host.child.kill('SIGCONT');
    // One that comes before netvmd has looked is refused the slot, and says so.
    for (let i = 0, isTaken = true; isTaken && i < 20; i++) {
      const successor = startNf(env, env.runDir, 0, `successor${i}`);
      nfs[0] = successor;
      isTaken = await waitForState(client, [host, successor], 0, 'ready').then(
        () => false,
        () => true,
      );
    }
    await setDefault(client);
    expect((await closedTrial(bench)).books.drops).toEqual({});
  }));

test('a chain one longer than the limit is refused by its field, and the one of before goes on', () =>
  onTwoChains(async ({ bench, client }) => {
    const hops = Array.from({ length: 33 }, (_, slot) => slot);
    const refused = await refusal(client.chainSet({ hops }));
    expect(refused).toMatchObject({ field: 'hops', message: expect.stringContaining('32') as unknown });
    const { hops: kept } = chainNamed(await client.status({}), 'default');
    expect(kept).toEqual([{ service: 'pair' }, 2]);
    expect((await closedTrial(bench)).books.drops).toEqual({});
  }));

test('netvmd is killed: its successor takes nothing over, and NFs of before keep to their old region', () =>
  withRealTestbed((env) =>
    withBench(cell({ nfs: ['forward', 'forward'] }), benchOptions(env), async (bench) => {
      const old = bench.dataplane.nfs.map(({ child }) => child);
      const region = join(env.hugeDir, 'region');
      bench.dataplane.host?.child.kill('SIGKILL');
      await bench.dataplane.host?.child.exited;
      const [core, runDir] = [env.deviceCore, env.runDir];
      const options = {
        file: join(native, 'netvmd'),
        args: [
          ...['--core', String(core), '--wire', join(runDir, 'bench/wire.sock')],
          ...['--control', join(runDir, 'netvmd2.sock'), '--telemetry', join(runDir, 'netvmd2.tlm')],
          ...['--region', region],
        ],
        cpus: [core],
        runDir,
      };
      // The file is still there, and others may hold it: it is not written over.
      const early = startProgram({ ...options, name: 'early' });
      expect(await early.child.exited).toEqual({ code: 3, signal: null });
      expect(readFileSync(join(runDir, 'early.log'), 'utf8')).toContain(
        `${region}: cannot create the region`,
      );

      rmSync(region);
      const socket = join(runDir, 'netvmd2.sock');
      const host = await startControlled({ ...options, name: 'netvmd2', socket, signal: never });
      const client = netvmdClient(host);
      const successor = startNf(env, runDir, 0, 'successor');
      try {
        await waitForState(client, [host, successor], 0, 'ready');
        await waitUntil('the wire was not up', [host], never, async () =>
          (await client.status({})).linkUp ? true : null,
        );
        await client.chainSet({ hops: [0] });
        const trial = await bench.generator.trial(steady, never);
        expect([trial.received + trial.wireFull, trial.duplicates, trial.foreign]).toEqual([
          trial.sent,
          0,
          0,
        ]);
        // Those of before live, and are nobody's here.
        const { nfs } = await client.status({});
        expect(nfs.map(({ slot, pid }) => [slot, pid])).toEqual([[0, successor.child.pid]]);
        expect(old.map(({ status }) => status)).toEqual([null, null]);
        for (const { pid } of old)
          expect(readFileSync(`/proc/${pid}/maps`, 'utf8')).toContain(`${region} (deleted)`);
        await expectEveryBuffer(() => client.status({}));
      } finally {
        await successor.stop();
        await host.stop();
      }
    }),
  ));
