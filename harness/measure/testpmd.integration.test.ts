import { beforeAll, expect, test } from 'vitest';
import { silent } from '../model/progress.ts';
import { findGenerator } from '../traffic/find.ts';
import { withBench, type Bench, type GeneratorChoice } from './bench.ts';
import { cell, memorySink, plan } from './doubles.fixture.ts';
import { runPlan } from './run.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';

/** Debian's dpdk-testpmd as the generator, for real, on the wire and against the data planes. */

const never = new AbortController().signal;
const unpaced = {
  frameSizeBytes: 128,
  pps: 0,
  durationMs: 200,
  flows: 16,
  stampEvery: 64,
  lineRateBps: 0,
  // Long enough for a core that is taken away meanwhile.
  drainMs: 500,
};

let testpmd: GeneratorChoice;
beforeAll(() => {
  const found = findGenerator('testpmd', {});
  if ('missing' in found) throw new Error(found.missing);
  testpmd = { name: 'testpmd', file: found.file, flows: 16 };
});

function onBench<T>(nfs: readonly string[], work: (bench: Bench) => Promise<T>): Promise<T> {
  const dataplane = nfs.length === 0 ? 'forwarder' : 'netvm';
  return withRealTestbed((env) =>
    withBench(cell({ dataplane, nfs: [...nfs] }), { ...benchOptions(env), generator: testpmd }, work),
  );
}

test.each([[[]], [['forward', 'firewall', 'monitor']]])(
  'what it counts and what the device counts agree, with %j',
  async (nfs) => {
    await onBench(nfs, async (bench) => {
      const [device] = bench.deviceTelemetry;
      const before = device?.read().get('rx.packets') ?? 0n;
      for (let i = 0; i < 2; i++) {
        const { record, reason } = await runTrial(bench, unpaced, 'mrr', never);
        const { sent, received, drops, inFlight, numbered } = record.books;
        expect(sent).toBeGreaterThan(0);
        expect(received).toBeGreaterThan(0);
        expect(received).toBeLessThanOrEqual(sent);
        const dropped = Object.values(drops).reduce((sum, count) => sum + count, 0);
        expect(sent, reason ?? '').toBe(received + dropped + inFlight);
        expect(numbered).toBe(false);
      }
      const { generator } = bench;
      expect(generator.version).toMatch(/^[0-9]+\.[0-9]+/);
      expect(await generator.linkUp(never)).toBe(true);
      // Every packet that the wire took reached the device.
      const report = await generator.trial(unpaced, never);
      expect(report.sent).toBeGreaterThan(0);
      const after = device?.read().get('rx.packets') ?? 0n;
      expect(Number(after - before)).toBeGreaterThanOrEqual(report.sent);
    });
  },
);

test('killed in a trial it is the error, and nothing is left', async () => {
  const pids: number[] = [];
  const run = onBench(['forward'], async (bench) => {
    pids.push(bench.generator.program.child.pid, bench.dataplane.host?.child.pid ?? 0);
    const trial = runTrial(bench, { ...unpaced, durationMs: 20_000 }, 'mrr', never);
    bench.generator.program.child.kill('SIGKILL');
    await trial;
  });
  await expect(run).rejects.toThrow('testpmd was killed by SIGKILL');
  expect(pids.filter(isAlive)).toEqual([]);
});

test('a paced trial is refused', async () => {
  await onBench([], async ({ generator }) => {
    await expect(generator.trial({ ...unpaced, pps: 1e6 }, never)).rejects.toThrow('at no given rate');
  });
});

test('a run from end to end, small', async () => {
  const archive = memorySink();
  const small = plan([cell({ dataplane: 'forwarder', nfs: [], method: 'mrr', measureLatency: false })], {
    generator: 'testpmd',
    lineRateBps: 0,
    latency: null,
    generatorCeiling: { runs: 1, durationMs: 100 },
  });
  const run = await withRealTestbed((env) =>
    runPlan(small, env, {
      id: 'test',
      archive,
      command: 'test',
      signal: never,
      progress: silent,
      native,
      generatorFile: testpmd.file,
    }),
  );
  expect(run.status).toBe('complete');
  expect(run.generator).toMatchObject({ name: 'testpmd', can: ['unpaced', 'flows'] });
  expect(run.results.map(({ verdict }) => verdict)).toEqual(['valid']);
  expect(archive.trials.length).toBeGreaterThan(1);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
