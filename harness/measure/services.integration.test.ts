import { describe, expect, test } from 'vitest';
import { netvmStatus } from '../dataplane/netvm-status.ts';
import { silent } from '../model/progress.ts';
import type { ControlledProgram } from '../native/program.ts';
import { withBench, type Bench } from './bench.ts';
import { closedTrial, easy } from './closed-trial.fixture.ts';
import { cell, memorySink, plan, searchMethod } from './doubles.fixture.ts';
import { runPlan } from './run.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';

/** Services of several instances, the flow table, long chains, and ways to wait, on the real data plane. */

const never = new AbortController().signal;

const onBench = (changes: Parameters<typeof cell>[0], work: (bench: Bench) => Promise<void>) =>
  withRealTestbed((env) => withBench(cell(changes), benchOptions(env), work));

const statusOf = (bench: Bench) => netvmStatus(bench.dataplane.host as ControlledProgram, never);
const counter = (bench: Bench, name: string) =>
  Number(bench.deviceTelemetry[0]?.read().get(name) ?? Number.NaN);

describe('several instances of each NF', () => {
  test('share the packets flow by flow, and the books close', () =>
    onBench({ nfs: ['forward', 'monitor'], instances: 2 }, async (bench) => {
      const { books } = await closedTrial(bench);
      expect(books.received).toBeGreaterThan(0);
      expect(books.duplicates).toBe(0);
      const { services, nfs, chains } = await statusOf(bench);
      expect(services.map(({ service, instances }) => [service, instances])).toEqual([
        ['nf0-forward', [0, 1]],
        ['nf1-monitor', [2, 3]],
      ]);
      expect(chains[0]?.hops).toEqual([{ service: 'nf0-forward' }, { service: 'nf1-monitor' }]);
      const received = nfs.toSorted((a, b) => a.slot - b.slot).map((nf) => nf.received);
      for (const count of received) expect(count).toBeGreaterThan(0);
      // What came in each hop has taken: no packet was lost, or taken twice, before, between or behind them.
      const [a = 0, b = 0, c = 0, d = 0] = received;
      const { entered, left } = chains[0] ?? {};
      expect([a + b, c + d, left]).toEqual([entered, entered, entered]);
    }));

  test('a flow stays with the instance that it came to first', () =>
    onBench({ nfs: ['forward'], instances: 4 }, async (bench) => {
      const taken = async () => (await statusOf(bench)).nfs.map(({ received }) => received);
      const { books } = await closedTrial(bench, { flows: 1 });
      // One flow's packets are in order, however many instances there are.
      expect(books).toMatchObject({ duplicates: 0, reordered: 0 });
      const first = await taken();
      expect(first.filter((count) => count > 0)).toHaveLength(1);
      await closedTrial(bench, { flows: 1 });
      const grown = (await taken()).map((count, i) => count > (first[i] ?? 0));
      expect(grown).toEqual(first.map((count) => count > 0));
    }));

  test('one that is killed comes back, and the chain goes on', () =>
    onBench({ nfs: ['forward', 'monitor'], instances: 2 }, async (bench) => {
      const before = bench.dataplane.nfs.map(({ child }) => child.pid);
      expect(before).toHaveLength(4);
      await bench.dataplane.resetNf?.(1, never);
      const after = bench.dataplane.nfs.map(({ child }) => child.pid);
      expect(after.map((pid, i) => pid === before[i])).toEqual([true, false, true, true]);
      expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
    }));

  test('come and go while packets pass, and what leaves does so by itself', () =>
    onBench({ nfs: ['forward', 'monitor'], method: 'scaling' }, async (bench) => {
      const { service } = bench.dataplane;
      if (service === undefined) throw new Error('expected a service');
      expect([service.name, service.size]).toEqual(['nf0-forward', 1]);
      const [first] = bench.dataplane.nfs;
      const trial = runTrial(bench, { ...easy, durationMs: 1_500, flows: 1_000 }, 'scaling', never);
      await service.add(never);
      expect(service.size).toBe(2);
      expect([...(await service.received(never)).keys()]).toEqual(['nf0-forward.1', 'nf0-forward.2']);
      await service.remove(never);
      await service.replace(never);
      expect([...(await service.received(never)).keys()]).toEqual(['nf0-forward.3']);
      const { record, verdict } = await trial;
      expect(verdict).not.toBe('nf-died');
      expect(record.books.inFlight).toBe(0);
      const elsewhere = Object.keys(record.books.drops).filter((place) => place !== 'wire.full');
      expect([elsewhere, record.books.duplicates]).toEqual([[], 0]);
      expect(first?.child.status).toEqual({ code: 0, signal: null });
      const { services, nfs } = await statusOf(bench);
      expect(services[0]?.instances).toHaveLength(1);
      expect(nfs.filter(({ state }) => state === 'ready')).toHaveLength(2);
      expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
    }));

  test('the last one cannot be taken away', () =>
    onBench({ nfs: ['forward'], method: 'scaling' }, async (bench) => {
      await expect(bench.dataplane.service?.remove(never)).rejects.toThrow('has one instance');
      expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
    }));
});

describe('the flow table', () => {
  test('holds the very flows that the generator sends', () =>
    onBench({ nfs: ['forward'], flowEntries: 60_000 }, async (bench) => {
      expect((await statusOf(bench)).flows.entries).toBe(60_000);
      const misses = counter(bench, 'flow.misses');
      // More than an address's ports.
      const { books } = await closedTrial(bench, { flows: 60_000 });
      expect(books).toMatchObject({ duplicates: 0, reordered: 0 });
      expect(counter(bench, 'flow.misses') - misses).toBe(0);
      expect(counter(bench, 'flow.hits')).toBe(counter(bench, 'rx.packets'));
    }));

  test('is not used where it has no flow', () =>
    onBench({ nfs: ['forward'] }, async (bench) => {
      await closedTrial(bench);
      expect([counter(bench, 'flow.hits'), counter(bench, 'flow.misses')]).toEqual([0, 0]);
    }));
});

test('NFs that wait adaptively forward as others do', () =>
  onBench({ nfs: ['forward', 'monitor'], scheduling: 'adaptive' }, async (bench) => {
    const { books } = await closedTrial(bench);
    expect(books.received).toBeGreaterThan(0);
    expect(books).toMatchObject({ duplicates: 0, reordered: 0 });
    // They do wait: one that polls never wakes up.
    for (const { wakeups } of (await statusOf(bench)).nfs) expect(wakeups).toBeGreaterThan(0);
  }));

test('a chain of 32 NFs forwards in order', () =>
  onBench({ nfs: Array<string>(32).fill('forward') }, async (bench) => {
    const { books } = await closedTrial(bench, { pps: 20_000 });
    expect(books.received).toBeGreaterThan(0);
    expect(books).toMatchObject({ duplicates: 0, reordered: 0 });
    const { nfs, chains } = await statusOf(bench);
    expect(nfs.map(({ received }) => received)).toEqual(Array<unknown>(32).fill(chains[0]?.entered));
  }));

test('the method scaling takes its steps, and what it finds is a result', () =>
  withRealTestbed(async (env) => {
    const own = {
      method: 'scaling',
      repetitions: 1,
      load: { kind: 'rate', pps: 50_000 },
      watchMs: 300,
    } as const;
    const method = { ...searchMethod('rfc2544'), name: 'scaling', own, maxRepeats: 4, drainMs: 200 } as const;
    const wanted = plan([cell({ instances: 2, method: 'scaling', measureLatency: false })], {
      ...{ method, latency: null, flows: 256 },
    });
    const options = { id: 'run', archive: memorySink(), command: 'test', signal: never, progress: silent };
    const run = await runPlan(wanted, env, { ...options, native });
    const [result] = run.results;
    expect(result?.reason ?? null).toBeNull();
    const { figures } = result ?? {};
    if (figures?.method !== 'scaling') throw new Error('expected figures of scaling');
    expect(figures.steps.map(({ step, instances }) => [step, instances])).toEqual([
      ['steady', 2],
      ['scale-out', 3],
      ['scale-in', 2],
      ['replace', 2],
    ]);
    expect(figures.instances.map(({ name }) => name)).toHaveLength(4);
    expect(figures.duplicates).toEqual([0]);
  }));
