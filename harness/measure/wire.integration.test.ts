import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { dataplanes } from '../dataplane/index.ts';
import { withBench, type Bench } from './bench.ts';
import { cell } from './doubles.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';

const never = new AbortController().signal;
const load = {
  frameSizeBytes: 64,
  pps: 100_000,
  durationMs: 3_000,
  flows: 64,
  stampEvery: 1,
  lineRateBps: 10e9,
  drainMs: 100,
};

async function packetsHavePassed(bench: Bench): Promise<void> {
  const received = () => bench.deviceTelemetry[0]?.read().get('rx.packets') ?? 0n;
  await expect.poll(received, { timeout: 30_000 }).toBeGreaterThan(10_000n);
}

test('a device killed in mid-trial leaves the generator and its books as they are, and the next one is served', async () => {
  await withRealTestbed((env) =>
    withBench(cell({ dataplane: 'forwarder', nfs: [] }), benchOptions(env), async (bench) => {
      const trial = bench.generator.trial(load, never);
      await packetsHavePassed(bench);
      bench.dataplane.host?.child.kill('SIGKILL');
      const cut = await trial;
      expect(cut.received).toBeGreaterThan(0);
      expect(cut.wireFull).toBeGreaterThan(0);
      expect(cut.lost).toBe(cut.sent - cut.received);
      expect(cut.lost).toBeGreaterThanOrEqual(cut.wireFull);
      expect(await bench.generator.linkUp(never)).toBe(false);

      const runDir = join(dirname(bench.generator.telemetryPath ?? ''), 'next');
      mkdirSync(runDir);
      const { deviceCore: core, hugeDir } = env;
      const wire = join(dirname(runDir), 'wire.sock');
      const site = { native, runDir, hugeDir, core, wire, signal: never };
      const next = await dataplanes.forwarder.up(bench.cell, site);
      try {
        expect(await bench.generator.linkUp(never)).toBe(true);
        const whole = await bench.generator.trial({ ...load, durationMs: 200 }, never);
        expect(whole.received).toBeGreaterThan(0);
        expect(whole.foreign).toBe(0);
      } finally {
        await next.down();
      }
    }),
  );
});
