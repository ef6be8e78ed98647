import { join } from 'node:path';
import { expect, test } from 'vitest';
import { netvmStatus } from '../dataplane/netvm-status.ts';
import { startProgram, type ControlledProgram } from '../native/program.ts';
import { withBench } from './bench.ts';
import { expectEveryBuffer } from './buffers.fixture.ts';
import { cell } from './doubles.fixture.ts';
import { startHostile } from './hostile.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';

const never = new AbortController().signal;
const traffic = {
  frameSizeBytes: 64,
  pps: 200_000,
  durationMs: 200,
  flows: 64,
  stampEvery: 64,
  lineRateBps: 10e9,
  drainMs: 100,
};

test('an NF that lies about buffers, lengths and indices harms nobody but its chain', async () => {
  await withRealTestbed((env) =>
    withBench(cell({ nfs: ['forward'] }), benchOptions(env), async (bench) => {
      const host = bench.dataplane.host as ControlledProgram;
      const hostile = startHostile(env, { slot: 1 });
      try {
        await expect
          .poll(async () => (await netvmStatus(host, never)).nfs.map((nf) => nf.state))
          .toEqual(['ready', 'ready']);
        // The honest one's word is taken for when it was ready; the other's cannot be true.
        const ready = (await netvmStatus(host, never)).nfs.map((nf) => [
          nf.readyTsc > 1,
          nf.readyWithinTicks > 0,
        ]);
        expect(ready).toEqual([
          [true, false],
          [true, true],
        ]);
        await host.call('chain.set', { hops: [1] }, { timeoutMs: 5_000 });
        const hit = await bench.generator.trial(traffic, never);
        const counters = bench.deviceTelemetry[0]?.read();
        expect(counters?.get('refused.descriptors')).toBeGreaterThan(64n);
        // Quarantined: what still comes is dropped under a name, and every buffer is back.
        expect(counters?.get('drop.netvmd.chain_down')).toBeGreaterThan(0n);
        expect(hit.received).toBeLessThan(hit.sent);
        const after = await netvmStatus(host, never);
        expect(after.nfs.find((nf) => nf.slot === 1)?.state).toMatch(/^(quarantined|dead)$/);
        // It leaves when it is told to, and what it held is free then.
        await expectEveryBuffer(() => netvmStatus(host, never));

        // The honest NF in the same region goes on, and so does netvmd.
        await host.call('chain.set', { hops: [0] }, { timeoutMs: 5_000 });
        const again = await bench.generator.trial(traffic, never);
        expect(again.received).toBeGreaterThan(0);
        expect(again.duplicates).toBe(0);
        expect(again.foreign).toBe(0);
      } finally {
        await hostile.stop();
      }
    }),
  );
});

test('an NF that hands back nonsense without an end holds up neither orders nor the next chain', async () => {
  await withRealTestbed((env) =>
    withBench(cell({ nfs: ['forward'] }), benchOptions(env), async (bench) => {
      const host = bench.dataplane.host as ControlledProgram;
      // Not on netvmd's core: it never sleeps.
      const hostile = startHostile(env, { slot: 1, how: 'endless', core: env.generatorCore });
      try {
        await expect
          .poll(async () => (await netvmStatus(host, never)).nfs.map((nf) => nf.state))
          .toEqual(['ready', 'ready']);
        await host.call('chain.set', { hops: [1] }, { timeoutMs: 5_000 });
        await bench.generator.trial(traffic, never);
        await host.call('chain.set', { hops: [0] }, { timeoutMs: 5_000 });
        const { buffers } = await netvmStatus(host, never);
        // It does not leave, and keeps what it has as long as it lives.
        expect(buffers.chain).toBe(0);
        expect(buffers.parked).toBeGreaterThan(0);
        hostile.child.kill('SIGKILL');
        await hostile.child.exited;
        await expectEveryBuffer(() => netvmStatus(host, never));
        const again = await bench.generator.trial(traffic, never);
        expect(again.received).toBeGreaterThan(0);
      } finally {
        await hostile.stop();
      }
    }),
  );
});

test('control requests that make no sense are answered, not obeyed', async () => {
  await withRealTestbed((env) =>
    withBench(cell({ nfs: ['forward'] }), benchOptions(env), async (bench) => {
      const host = bench.dataplane.host as ControlledProgram;
      const refused = async (params: Record<string, unknown>) =>
        await host.call('chain.set', params, { timeoutMs: 5_000 }).then(
          () => 'obeyed',
          (error: unknown) => String(error),
        );
      expect(await refused({})).toContain('hops: expected a list');
      expect(await refused({ hops: [5] })).toContain('hops[0]: expected the slot of an NF that is ready');
      expect(await refused({ hops: [0, 0] })).toContain('hops[1]: an NF or a service can be in a chain once');
      expect(await refused({ hops: [0.5] })).toContain('hops[0]');
      expect(await refused({ hops: [-1] })).toContain('hops[0]');
      expect(await refused({ hops: ['0'] })).toContain('hops[0]');
      const trial = await bench.generator.trial(traffic, never);
      expect(trial.received).toBeGreaterThan(0);
    }),
  );
});

test('an NF that died is replaced in its slot, and its old neighbours find the new one', async () => {
  await withRealTestbed((env) =>
    withBench(cell({ nfs: ['forward', 'forward'] }), benchOptions(env), async (bench) => {
      const host = bench.dataplane.host as ControlledProgram;
      const states = async () => (await netvmStatus(host, never)).nfs.map((nf) => nf.state);
      const first = await bench.generator.trial(traffic, never);
      expect(first.received).toBeGreaterThan(0);
      bench.dataplane.nfs[1]?.child.kill('SIGKILL');
      await expect.poll(states).toEqual(['ready', 'dead']);
      const successor = startProgram({
        name: 'nf-successor',
        file: join(native, 'nf-forward'),
        args: [
          ...['--region', join(env.hugeDir, 'region'), '--slot', '1'],
          ...['--core', String(env.deviceCore), '--mode', 'shared'],
        ],
        cpus: [env.deviceCore],
        runDir: env.runDir,
      });
      try {
        await expect.poll(states).toEqual(['ready', 'ready']);
        await host.call('chain.set', { hops: [0, 1] }, { timeoutMs: 5_000 });
        const again = await bench.generator.trial(traffic, never);
        expect(again.received + again.wireFull).toBe(again.sent);
        expect(bench.deviceTelemetry[0]?.read().get('refused.descriptors')).toBe(0n);
      } finally {
        await successor.stop();
      }
    }),
  );
});
