import { expect, test } from 'vitest';
import { BenchFailed, GeneratorFailed } from './bench.ts';
import { cell, env, memorySink, plan } from './doubles.fixture.ts';
import { options, rig } from './rig.fixture.ts';
import { runPlan, type Rig } from './run.ts';

test('the wire alone: each load of the latency trials, as a share of what it carries, kept beside the rest', async () => {
  const archive = memorySink();
  const run = await runPlan(plan([cell()]), env(), options(archive), rig(8e6));
  const wire = run.generator?.wireLatencyNs ?? [];
  // The ceiling of 8 Mpps is less than the wire's rate.
  expect(wire.map((at) => [at.frameSizeBytes, at.loadPercent, at.intendedPps])).toEqual([
    [64, 10, 0.8e6],
    [64, 50, 4e6],
    [64, 90, 7.2e6],
  ]);
  expect(wire[0]?.latencyNs).toMatchObject({
    p50: 100,
    verdict: 'valid',
    hlog: 'latency/wire-64B-10pct-1.hlog',
  });
  expect(archive.hlogs.filter((name) => name.startsWith('wire-'))).toHaveLength(3);
  const kept = archive.trials.filter(({ purpose }) => purpose === 'wire-latency');
  expect(kept.map(({ latencyNs }) => latencyNs)).toEqual(wire.map(({ latencyNs }) => latencyNs));
  const without = plan([cell({ measureLatency: false })], { latency: null });
  const none = await runPlan(without, env(), options(), rig(8e6));
  expect(none.generator?.wireLatencyNs).toEqual([]);
});

/** Kills the generator in one trial of each cell's bench; how often tells `times`. */
function killing(times: number, trial = 3): Rig & { readonly benches: string[] } {
  let kills = 0;
  const inner = rig(8e6);
  return {
    ...inner,
    withBench: (of, settings, work) =>
      inner.withBench(of, settings, async (bench) => {
        const { generator } = bench;
        let trials = 0;
        const dying: typeof generator.trial = async (request, signal) => {
          if (of.dataplane === 'forwarder' || trials++ !== trial || kills >= times)
            return await generator.trial(request, signal);
          kills++;
          throw new Error('netvm-gen was killed by SIGKILL');
        };
        try {
          return await work({ ...bench, generator: { ...generator, trial: dying } });
        } catch (error) {
          // As the real bench does.
          throw new BenchFailed(new GeneratorFailed((error as Error).message, { cause: error }), {});
        }
      }),
  };
}

test('a generator that dies in a trial: the trial is void and kept, the cell is measured afresh', async () => {
  const archive = memorySink();
  const once = killing(1);
  const run = await runPlan(plan([cell({ measureLatency: false })]), env(), options(archive), once);
  expect(once.benches).toEqual(['ceiling', 'cell-0-1', 'cell-0-2']);
  expect(run.results[0]).toMatchObject({ verdict: 'valid', reason: null });
  const dead = archive.trials.filter(({ verdict }) => verdict === 'void');
  expect(dead).toHaveLength(1);
  expect(dead[0]).toMatchObject({
    purpose: 'search',
    cell: { dataplane: 'netvm' },
    reason: expect.stringContaining('netvm-gen was killed by SIGKILL'),
    books: { sent: 0, received: 0 },
  });
  expect(dead[0]?.intendedPps).toBeGreaterThan(0);
  // Two of the first bench were kept before it died, one is its own.
  expect(run.results[0]?.trials).toBe(
    archive.trials.filter(({ purpose }) => purpose === 'search').length - 2,
  );
});

test('one that dies on a fresh bench too fails the cell, with both trials kept; the run goes on', async () => {
  const archive = memorySink();
  const run = await runPlan(plan([cell(), cell({ index: 1 })]), env(), options(archive), killing(2));
  expect(run.status).toBe('complete');
  expect(run.results.map(({ verdict }) => verdict)).toEqual(['failed', 'valid']);
  expect(run.results[0]).toMatchObject({ throughput: null, trials: 2 });
  expect(run.results[0]?.reason).toMatch(
    /failed on two benches, one after the other: netvm-gen was killed by/,
  );
  expect(archive.trials.filter(({ verdict }) => verdict === 'void')).toHaveLength(2);
});

test('a generator that fails gets one more try', async () => {
  const once = rig(8e6, undefined, (_, attempt) => {
    if (attempt === 2) throw new BenchFailed(new GeneratorFailed('gen died'), {});
  });
  const run = await runPlan(plan([cell()]), env(), options(), once);
  expect(run.results[0]?.verdict).toBe('valid');
  expect(once.benches).toEqual(['ceiling', 'cell-0-1', 'cell-0-2']);
  const always = rig(8e6, undefined, () => {
    throw new BenchFailed(new GeneratorFailed('gen died'), {});
  });
  const dead = await runPlan(plan([cell()]), env(), options(), always);
  expect(dead).toMatchObject({
    generator: null,
    results: [{ verdict: 'failed', reason: expect.stringMatching(/: gen died$/) }],
  });
});
