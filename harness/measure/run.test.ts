import { expect, test } from 'vitest';
import { eventKind } from '../native/telemetry.ts';
import { runSchema } from '../store/schema.ts';
import { BenchFailed } from './bench.ts';
import { cell, env, memorySink, plan, searchMethod, tscHz, type FakeBench } from './doubles.fixture.ts';
import { estimate, withoutFirst } from './estimate.ts';
import { options, rig } from './rig.fixture.ts';
import { runPlan, type Rig } from './run.ts';

test('a run: jitter, ceiling, throughput, latency; saved as it goes', async () => {
  const archive = memorySink();
  const run = await runPlan(plan([cell()]), env(), options(archive), rig(8e6));
  expect(run).toMatchObject({ status: 'complete', jitter: [{ core: 0 }, { core: 1 }] });
  expect(run.generator).toMatchObject({
    name: 'fake',
    version: '0',
    ceilingPps: 8e6,
    ceilingRunsPps: [8e6, 8e6, 8e6],
    coreRoundTripNs: 55,
  });
  expect(run.clock).toMatchObject({ tscHz, programsTscHz: tscHz, skewNs: 4 });
  const result = run.results[0];
  expect(result).toMatchObject({
    verdict: 'valid',
    reason: null,
    trialsDisturbed: 0,
    provenance: 'measured-virtual',
  });
  expect(result?.throughput?.pps).toBeLessThanOrEqual(8e6);
  expect(result?.throughput?.pps).toBeGreaterThan(8e6 * 0.97);
  expect(result?.throughput?.upperPps).toBeGreaterThan(8e6);
  expect(Object.keys(result?.latencyNs ?? {})).toEqual(['10', '50', '90']);
  expect(result?.latencyNs['50']).toMatchObject({
    p50: 100,
    verdict: 'valid',
    hlog: 'latency/0-netvm-1nf-64B-50pct-1.hlog',
  });
  expect(result?.cpu?.cyclesPerPacket).toBe(200);
  expect(result?.books).toMatchObject({ drops: {}, inFlight: 0 });
  const own = archive.trials.filter(({ purpose }) => purpose === 'search' || purpose === 'latency');
  expect(result?.trials).toBe(own.length);
  expect(result?.trust).toMatchObject({ awayRatio: { generator: 0, device: 0 }, sendLateOver1ms: 0 });
  expect(result?.coreFrequencyHz?.after).toEqual({ generator: 3e9, device: 3e9 + 1 });
  expect(archive.runs.map((saved) => [saved.status, saved.results.length])).toEqual([
    ['running', 0],
    ['running', 0],
    ['running', 0],
    ['running', 1],
    ['complete', 1],
  ]);
});

test('a search with several goals: each is in the result, the strictest is the throughput', async () => {
  const [goal] = searchMethod('quick').goals;
  if (!goal) throw new Error('expected a goal');
  const lenient = { ...goal, lossRatio: 0.1, widthRatio: 0.1 };
  const method = { ...searchMethod('quick'), name: 'mlrsearch' as const, goals: [lenient, goal] };
  const several = plan([cell({ measureLatency: false, method: 'mlrsearch' })], { method });
  const run = await runPlan(several, env(), options(), rig(8e6));
  const [result] = run.results;
  expect(result?.goals?.map((found) => [found.goal, found.isRegular, found.reason])).toEqual([
    [lenient, true, null],
    [goal, true, null],
  ]);
  expect(result?.throughput?.lowerPps).toBe(result?.goals?.[1]?.relevantLowerPps);
  expect(result?.goals?.[0]?.relevantLowerPps).toBeGreaterThan(result?.throughput?.lowerPps ?? 0);
  expect(() => runSchema.parse(run)).not.toThrow();
});

test.each([
  ['tcg', ['measured-virtual', 'emulated', 'emulated', 'measured-virtual']],
  ['kvm', ['measured-virtual', 'measured-virtual', 'emulated', 'measured-virtual']],
] as const)(
  'what %s runs is what its figures are, also of a cell that failed',
  async (accelerator, expected) => {
    const ways = [
      { isolation: 'microvm' },
      { isolation: 'vm' },
      { dataplane: 'sriov' },
      { isolation: 'inline' },
    ] as const;
    const cells = ways.map((way, index) => cell({ index, measureLatency: false, ...way }));
    const info = {
      accelerator,
      reason: accelerator === 'kvm' ? null : 'it died',
      imageSha256: 'f'.repeat(64),
    };
    const guest = { ...info, kernel: '/k', initrd: '/i' };
    const fails = (planned: { readonly index: number }) => {
      if (planned.index === 1) throw new BenchFailed(new Error('the guest did not boot'), {});
    };
    const ok = await runPlan(plan(cells), env(), { ...options(), guest }, rig(8e6));
    const failed = await runPlan(plan(cells), env(), { ...options(), guest }, rig(8e6, undefined, fails));
    for (const run of [ok, failed]) {
      expect(run.results.map(({ provenance }) => provenance)).toEqual(expected);
      // What it was started with is a matter of this machine.
      expect(run.guest).toEqual(info);
      expect(() => runSchema.parse(run)).not.toThrow();
    }
    expect(failed.results[1]?.verdict).toBe('failed');
  },
);

test('what NFs took is kept with their cell', async () => {
  const costs = [{ name: 'nf0-forward', startMs: 12.5, startWithinMs: 0, memoryBytes: 204_800 }];
  const withCosts: Rig = {
    ...rig(8e6),
    withBench: (of, bench, work) =>
      rig(8e6).withBench(of, bench, (up) =>
        work({ ...up, dataplane: { ...up.dataplane, nfCosts: () => Promise.resolve(costs) } }),
      ),
  };
  const run = await runPlan(plan([cell({ measureLatency: false })]), env(), options(), withCosts);
  expect(run.results[0]?.nfCosts).toEqual(costs);
  expect(runSchema.parse(run).results[0]?.nfCosts).toEqual(costs);
});

test('how far apart the cores were: before a cell starts, and when it is down', async () => {
  const probed: string[] = [];
  const moving = rig(8e6, undefined, undefined, (benches) => {
    probed.push(benches.at(-1) ?? 'nothing yet');
    return 50 + 10 * probed.length;
  });
  const run = await runPlan(plan([cell({ measureLatency: false })]), env(), options(), moving);
  expect(probed).toEqual(['nothing yet', 'ceiling', 'cell-0-1']);
  expect(run.generator?.coreRoundTripNs).toBe(60);
  expect(run.results[0]?.coreRoundTripNs).toEqual({ before: 70, after: 80 });
  const starved = rig(8e6, undefined, undefined, (benches) => (benches.length === 2 ? null : 55));
  const unknown = await runPlan(plan([cell({ measureLatency: false })]), env(), options(), starved);
  expect(unknown.results[0]).toMatchObject({ verdict: 'valid', coreRoundTripNs: null });
});

test('each trial is kept, with what it was for, and the lossy ones name where', async () => {
  const archive = memorySink();
  await runPlan(plan([cell({ measureLatency: false })]), env(), options(archive), rig(8e6));
  const purposes = new Set(archive.trials.map((trial) => trial.purpose));
  expect([...purposes]).toEqual(['ceiling', 'search']);
  const first = archive.trials.find((trial) => trial.purpose === 'search');
  expect(first?.books.drops['wire.full']).toBe((first?.books.sent ?? 0) - (first?.books.received ?? 0));
});

test('an NF that dies in a trial: the cell says so, and ends there', async () => {
  const killed = rig(8e6, (bench, trial) => {
    if (trial === 3) bench.nf.status = { code: null, signal: 'SIGKILL' };
  });
  const archive = memorySink();
  const run = await runPlan(plan([cell(), cell({ index: 1 })]), env(), options(archive), killed);
  expect(run.status).toBe('complete');
  expect(run.results[0]).toMatchObject({ verdict: 'nf-died', reason: 'nf0-forward was killed by SIGKILL.' });
  expect(archive.trials.some((trial) => trial.verdict === 'nf-died')).toBe(true);
});

test('a data plane that dies fails its cell; the run goes on', async () => {
  const failing = rig(8e6, (bench, trial) => {
    if (bench.cell.nfs.length === 3 && trial === 2) bench.host.status = { code: 1, signal: null };
  });
  const chain = cell({ nfs: ['forward', 'firewall', 'monitor'] });
  const archive = memorySink();
  const run = await runPlan(plan([chain, cell({ index: 1 })]), env(), options(archive), failing);
  expect(run.results.map((result) => result.verdict)).toEqual(['failed', 'valid']);
  expect(run.results[0]?.reason).toMatch(/^host was killed/);
  expect(archive.logs).toHaveLength(1);
});

test('a data plane that does not start fails its cell, with its logs kept', async () => {
  const failing = rig(8e6, undefined, (of) => {
    if (of.dataplane === 'vhost-user')
      throw new BenchFailed(new Error('no ports'), { 'x.log': 'its last words' });
  });
  const archive = memorySink();
  const run = await runPlan(plan([cell({ dataplane: 'vhost-user' })]), env(), options(archive), failing);
  expect(run.results[0]).toMatchObject({ verdict: 'failed', reason: 'no ports', throughput: null });
  expect(archive.logs[0]).toMatchObject({ level: 'error', logs: { 'x.log': 'its last words' } });
  expect(failing.benches).toEqual(['ceiling', 'cell-0-1']);
});

test('a run says how long it was to take, and took', async () => {
  const archive = memorySink();
  const run = await runPlan(plan([cell()]), env(), options(archive), rig(8e6));
  expect(run.estimatedMs).toBeGreaterThan(1_000);
  expect(archive.runs[0]?.elapsedMs).toBeNull();
  expect(run.elapsedMs).toBeGreaterThanOrEqual(0);
});

test('losses in gaps disturb a trial, which is repeated; the record says how much', async () => {
  const archive = memorySink();
  const gappy = rig(20e6, (bench, trial) => {
    if (trial !== 1) return;
    const at = (ns: number) => BigInt(1_000_000 + ns);
    bench.device.log.push({ kind: eventKind.gap, startTsc: at(1e6), endTsc: at(3e6), count: 0, aux: 1 });
    const { sequenceLoss } = eventKind;
    bench.generatorTelemetry.log.push({
      kind: sequenceLoss,
      startTsc: at(2e6),
      endTsc: at(2.1e6),
      count: 9,
      aux: 0,
    });
    bench.device.add('drop.test', 9);
  });
  const lossyOnce: Rig = {
    ...gappy,
    withBench: (of, settings, work) =>
      gappy.withBench(of, settings, (bench) => work({ ...bench, generator: losing(bench as FakeBench) })),
  };
  const run = await runPlan(plan([cell({ measureLatency: false })]), env(), options(archive), lossyOnce);
  const disturbed = archive.trials.filter((trial) => trial.verdict === 'disturbed');
  expect(disturbed).toHaveLength(1);
  expect(disturbed[0]).toMatchObject({ lostInGaps: 9, gaps: [{ where: 'device', durationNs: 2e6 }] });
  expect(run.results[0]).toMatchObject({
    verdict: 'valid',
    trialsDisturbed: 1,
    throughput: { upperPps: null },
  });
});

test('latency whose every repeat was disturbed says so, in a cell that is valid', async () => {
  const latency = {
    loadsPercent: [50],
    durationMs: 200,
    repetitions: 1,
    stampEvery: 64,
    frameSizesBytes: [64],
  };
  const isLatency = (bench: FakeBench) => bench.requests.at(-1)?.durationMs === latency.durationMs;
  const gappy = rig(20e6, (bench) => {
    if (!isLatency(bench)) return;
    const at = (ns: number) => BigInt(1_000_000 + ns);
    const { gap, sequenceLoss } = eventKind;
    bench.device.log.push({ kind: gap, startTsc: at(1e6), endTsc: at(3e6), count: 0, aux: 1 });
    bench.generatorTelemetry.log.push({
      kind: sequenceLoss,
      startTsc: at(2e6),
      endTsc: at(2.1e6),
      count: 9,
      aux: 0,
    });
    bench.device.add('drop.test', 9);
  });
  const lossy: Rig = {
    ...gappy,
    withBench: (of, settings, work) =>
      gappy.withBench(of, settings, (bench) =>
        work({ ...bench, generator: losing(bench as FakeBench, isLatency) }),
      ),
  };
  const run = await runPlan(plan([cell()], { latency }), env(), options(), lossy);
  expect(run.results[0]).toMatchObject({ verdict: 'valid', trialsDisturbed: 3 });
  expect(run.results[0]?.latencyNs['50']?.verdict).toBe('disturbed');
});

/** Nine packets do not come back, of the second trial where nothing else is said. */
function losing(
  bench: FakeBench,
  isLossy: (bench: FakeBench) => boolean = ({ requests }) => requests.length === 2,
): FakeBench['generator'] {
  return {
    ...bench.generator,
    async trial(request, signal) {
      const done = await bench.generator.trial(request, signal);
      const loses = isLossy(bench) && bench.cell.dataplane !== 'forwarder';
      return loses ? { ...done, received: done.received - 9, lost: 9 } : done;
    },
  };
}

test('an interrupted run is saved, and says so', async () => {
  const controller = new AbortController();
  const archive = memorySink();
  const stopping = rig(8e6, (_, trial) => {
    if (trial === 4) controller.abort(new Error('interrupted by SIGINT'));
  });
  const run = await runPlan(plan([cell()]), env(), options(archive, controller.signal), stopping);
  expect(run).toMatchObject({ status: 'interrupted', results: [] });
  expect(archive.runs.at(-1)).toEqual(run);
  expect(archive.logs).toEqual([]);
});

test('on an unpaced wire what comes back is counted, the median of several runs', async () => {
  const archive = memorySink();
  const unpaced = plan([cell()], { lineRateBps: 0 });
  const run = await runPlan(unpaced, env(), options(archive), rig(21e6));
  expect(run.results[0]).toMatchObject({ verdict: 'valid', throughput: { pps: 21e6, upperPps: null } });
  expect(archive.trials.filter((trial) => trial.purpose === 'mrr')).toHaveLength(5);
  expect(Object.keys(run.results[0]?.latencyNs ?? {})).toHaveLength(3);
});

test('mrr: a full wire is offered, and losses are of no account', async () => {
  const full = plan([cell({ method: 'mrr', measureLatency: false })]);
  const run = await runPlan(full, env(), options(), rig(8e6));
  expect(run.results[0]).toMatchObject({ verdict: 'valid', throughput: { pps: 8e6 }, trials: 10 });
});

test('a device that forwards nothing fails the self-check', async () => {
  const run = await runPlan(plan([cell()]), env(), options(), rig(0));
  expect(run.results[0]?.verdict).toBe('failed');
  expect(run.results[0]?.reason).toMatch(/none came back. lost: \d+ at wire.full/);
});

test('a run that was interrupted goes on with the cells that have no result, and keeps the others', async () => {
  const chains = [['forward'], ['forward', 'monitor'], ['monitor']];
  const planned = plan(chains.map((nfs, index) => cell({ index, nfs, measureLatency: false })));
  const stop = new AbortController();
  const stopping = rig(8e6, undefined, ({ index }) => {
    if (index === 1) stop.abort(new Error('enough'));
  });
  const first = await runPlan(planned, env(), options(memorySink(), stop.signal), stopping);
  expect([first.status, first.results.length]).toEqual(['interrupted', 1]);

  const rest = rig(4e6);
  const earlier = runSchema.parse(JSON.parse(JSON.stringify(first)));
  const left: (number | undefined)[] = [];
  const progress = {
    step: (_: number, __: number, ___: string, remainingMs?: number) => void left.push(remainingMs),
    detail() {},
  };
  const run = await runPlan(planned, env(), { ...options(), progress, earlier }, rest);
  expect(left[0]).toBeCloseTo(withoutFirst(await estimate(planned), 1).totalMs);
  expect(rest.benches).toEqual(['ceiling', 'cell-1-1', 'cell-2-1']);
  expect(run).toMatchObject({ status: 'complete', startedAt: first.startedAt, elapsedMs: null });
  expect(run.resumedAt).toHaveLength(1);
  expect(run.results.map(({ cell: { nfs } }) => nfs)).toEqual(chains);
  expect(run.results[0]).toEqual(first.results[0]);
  expect(run.results[1]?.throughput?.pps).toBeLessThan(4.1e6);

  const other = plan([cell({ nfs: ['monitor'], measureLatency: false })]);
  await expect(runPlan(other, env(), { ...options(), earlier }, rig(8e6))).rejects.toThrow(
    /not the first ones/,
  );
});
