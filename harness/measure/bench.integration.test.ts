import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pageSizesBytes } from '../model/page-size.ts';
import { silent } from '../model/progress.ts';
import type { DataplaneName } from '../model/run.ts';
import { programsOf } from '../dataplane/dataplane.ts';
import { netvmStatus } from '../dataplane/netvm-status.ts';
import type { ControlledProgram } from '../native/program.ts';
import { sample } from '../native/sample.ts';
import { closedTrial, easy } from './closed-trial.fixture.ts';
import { withBench, type Bench } from './bench.ts';
import { expectEveryBuffer } from './buffers.fixture.ts';
import { cell, memorySink, plan, searchMethod } from './doubles.fixture.ts';
import { runPlan } from './run.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';

const never = new AbortController().signal;
const netvmHost = (bench: Bench) => netvmStatus(bench.dataplane.host as ControlledProgram, never);

describe('packets go round, and the books close', () => {
  const chains: readonly (readonly [DataplaneName, readonly string[]])[] = [
    ['forwarder', []],
    ['netvm', ['forward']],
    ['netvm', ['forward', 'firewall', 'monitor', 'forward', 'forward']],
    ['vhost-user', ['forward', 'firewall', 'monitor']],
  ];
  test.each(chains)('%s with %j', async (dataplane, nfs) => {
    await withRealTestbed((env) =>
      withBench(cell({ dataplane, nfs: nfs }), benchOptions(env), async (bench) => {
        const record = await closedTrial(bench);
        const { sent, received, drops, inFlight } = record.books;
        expect(sent).toBeGreaterThan(0);
        expect(received).toBeGreaterThan(0);
        const accounted = received + Object.values(drops).reduce((sum, count) => sum + count, 0) + inFlight;
        expect([sent, record.reason]).toEqual([accounted, record.reason]);
        const counts = bench.generatorTelemetry.histogram().reduce((sum, count) => sum + count, 0n);
        expect(Number(counts)).toBe(received);
      }),
    );
  });
});

test('a region lies on the pages that its cell names, and packets go round on them', async () => {
  await withRealTestbed(async (env) => {
    for (const hugePageSizeBytes of [pageSizesBytes['4 KB'], pageSizesBytes['1 GB']]) {
      const found = env.pageDirs?.[hugePageSizeBytes];
      const wanted = cell({ nfs: ['forward', 'monitor'], hugePageSizeBytes });
      if (found === undefined || 'missing' in found) {
        await expect(withBench(wanted, benchOptions(env), closedTrial)).rejects.toThrow(found?.missing);
        continue;
      }
      const { received } = await withBench(wanted, benchOptions(env), async (bench) => {
        expect(statfsSync(join(found.directory, 'region')).bsize).toBe(hugePageSizeBytes);
        return (await closedTrial(bench)).books;
      });
      expect(received).toBeGreaterThan(0);
    }
    expect(env.pageDirs?.['4096']).toHaveProperty('directory');
  });
});

test('an NF killed in mid-traffic: its buffers come back, the others go on, the trial says so', async () => {
  await withRealTestbed((env) =>
    withBench(cell({ nfs: ['forward', 'firewall', 'monitor'] }), benchOptions(env), async (bench) => {
      const before = await netvmHost(bench);
      const { telemetryPaths, nfs } = bench.dataplane;
      const sampling = sample(telemetryPaths[0] ?? '', ['rx.packets'], { hz: 100, durationMsMax: 10_000 });
      const trial = runTrial(bench, { ...easy, pps: 1e6, durationMs: 1_000 }, 'search', never);
      // Only once its packets are on their way.
      await expect
        .poll(() => bench.deviceTelemetry[0]?.read().get('rx.packets') ?? 0n)
        .toBeGreaterThan(10_000n);
      nfs[1]?.child.kill('SIGKILL');
      const { record, verdict, reason } = await trial;
      expect(sampling.stop().values.at(-1)).toBeGreaterThan(10_000n);
      expect(verdict).toBe('nf-died');
      expect(reason).toMatch(/^nf1-firewall was killed by SIGKILL/);

      const after = await netvmHost(bench);
      expect(after.nfs.map((nf) => [nf.slot, nf.state])).toEqual([
        [0, 'ready'],
        [1, 'dead'],
        [2, 'ready'],
      ]);
      expect(after.buffers.total).toBe(before.buffers.total);
      await expectEveryBuffer(() => netvmHost(bench));
      expect(nfs[0]?.child.status).toBeNull();
      expect(nfs[2]?.child.status).toBeNull();
      expect(record.books.drops['netvmd.chain_down']).toBeGreaterThan(0);

      // And the rest of the chain can be put to work again.
      const host = bench.dataplane.host as ControlledProgram;
      await host.call('chain.set', { hops: [0, 2] }, { timeoutMs: 5_000 });
      const again = await bench.generator.trial(easy, never);
      expect(again.received).toBeGreaterThan(0);
    }),
  );
});

test('a generator killed in a trial rejects it, and nothing is left', async () => {
  const pids: number[] = [];
  const run = withRealTestbed((env) =>
    withBench(cell({ nfs: ['forward'] }), benchOptions(env), async (bench) => {
      const programs = [bench.generator.program, ...programsOf(bench.dataplane)];
      pids.push(...programs.map((program) => program.child.pid));
      const trial = runTrial(bench, { ...easy, durationMs: 20_000 }, 'search', never);
      bench.generator.program.child.kill('SIGKILL');
      await trial;
    }),
  );
  await expect(run).rejects.toThrow('netvm-gen was killed by SIGKILL');
  expect(pids.filter(isAlive)).toEqual([]);
  expect(pids).toHaveLength(3);
});

test('a run from end to end, small', async () => {
  const archive = memorySink();
  const small = plan([cell({ nfs: ['forward'] }), cell({ index: 1, dataplane: 'vhost-user' })], {
    method: searchMethod('quick', {
      trialDurationMs: 50,
      resolutionRatio: 0.3,
      maxRepeats: 1,
      drainMs: 50,
    }),
    latency: { loadsPercent: [50], durationMs: 100, repetitions: 1, stampEvery: 64, frameSizesBytes: [64] },
    generatorCeiling: { runs: 1, durationMs: 100 },
  });
  const run = await withRealTestbed((env) =>
    runPlan(small, env, { id: 'test', archive, command: 'test', signal: never, progress: silent, native }),
  );
  expect(run.status).toBe('complete');
  expect(run.generator?.ceilingPps).toBeGreaterThan(0);
  // No assertion on time: where the estimate drifts from what runs take, this line shows it.
  process.stdout.write(`a small run took ${run.elapsedMs} ms, its estimate was ${run.estimatedMs} ms\n`);
  expect(run.generator?.wireLatencyNs).toHaveLength(1);
  expect(run.clock?.programsTscHz).toBeGreaterThan(1e8);
  expect(run.results.map((result) => [result.cell.dataplane, result.verdict === 'failed'])).toEqual([
    ['netvm', false],
    ['vhost-user', false],
  ]);
  for (const trial of archive.trials) expect(trial.books.sent).toBeGreaterThan(0);
});

test('an interrupted run puts everything down at once', async () => {
  const controller = new AbortController();
  const archive = memorySink();
  const progress = { step() {}, detail: () => controller.abort(new Error('interrupted')) };
  const run = await withRealTestbed((env) =>
    runPlan(plan([cell()]), env, {
      id: 'test',
      archive,
      command: 'test',
      signal: controller.signal,
      progress,
      native,
    }),
  );
  expect(run.status).toBe('interrupted');
  expect(archive.runs.at(-1)?.status).toBe('interrupted');
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
