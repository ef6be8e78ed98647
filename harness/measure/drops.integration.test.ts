import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { silent } from '../model/progress.ts';
import type { TrialRecord } from '../model/run.ts';
import { lineRatePps } from '../model/units.ts';
import { netvmStatus } from '../dataplane/netvm-status.ts';
import { startProgram, type ControlledProgram, type Program } from '../native/program.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { withBench, type Bench } from './bench.ts';
import { cell, memorySink, plan, searchMethod } from './doubles.fixture.ts';
import { realRig, runPlan } from './run.ts';
import { startHostile } from './hostile.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';

/** Forces each place where a packet can be lost, and finds it by its name in books that close. docs/counters.md lists them. */

const never = new AbortController().signal;
const easy = {
  frameSizeBytes: 64,
  pps: 200_000,
  durationMs: 300,
  flows: 64,
  stampEvery: 64,
  lineRateBps: 10e9,
  drainMs: 200,
};

const onBench = (
  changes: Parameters<typeof cell>[0],
  work: (bench: Bench, env: LocalTestbedEnv) => Promise<void>,
) => withRealTestbed((env) => withBench(cell(changes), benchOptions(env), (bench) => work(bench, env)));

/** What was lost at a place in a trial whose books must close; a machine that took a core for all of a drain gets more tries. */
async function lostAt(place: string, trial: () => Promise<{ record: TrialRecord }>): Promise<number> {
  for (let i = 0; ; i++) {
    const { record } = await trial();
    const { sent, received, drops, inFlight } = record.books;
    const dropped = Object.values(drops).reduce((sum, count) => sum + count, 0);
    if (record.verdict === 'unbalanced' && i < 4) continue;
    expect([record.verdict, record.reason, sent]).toEqual([
      record.verdict,
      record.reason,
      received + dropped,
    ]);
    expect(inFlight).toBe(0);
    return drops[place] ?? 0;
  }
}

const isFlowing = (bench: Bench) => async () => {
  const before = bench.deviceTelemetry[0]?.read().get('rx.packets') ?? 0n;
  await new Promise((done) => setTimeout(done, 20));
  return (bench.deviceTelemetry[0]?.read().get('rx.packets') ?? 0n) > before;
};

/** A firewall of which every packet is refused, at a slot of its own. */
function denyAll(env: LocalTestbedEnv, runDir: string, slot: number): Program {
  const rules = join(runDir, 'deny.rules');
  writeFileSync(rules, 'deny any any any any any\n', { mode: 0o600 });
  return startProgram({
    name: 'nf-deny',
    file: join(native, 'nf-firewall'),
    args: [
      ...['--region', join(env.hugeDir, 'region'), '--slot', String(slot)],
      ...['--core', String(env.deviceCore), '--mode', 'shared', '--', '--rules', rules],
    ],
    cpus: [env.deviceCore],
    runDir,
  });
}

/**
 * Stops the generator under overload, so that what the data plane still holds fills the way back, and kills it: then what waits for the
 * wire can never leave. Returns what was lost at a place.
 */
async function lostWithTheWire(bench: Bench, place: string): Promise<bigint> {
  const pps = lineRatePps(easy.lineRateBps, 64);
  const trial = runTrial(bench, { ...easy, pps, durationMs: 5_000 }, 'search', never);
  const ended = expect(trial).rejects.toThrow(/netvm-gen was killed by SIGKILL/);
  await expect.poll(isFlowing(bench), { timeout: 10_000 }).toBe(true);
  const { child } = bench.generator.program;
  child.kill('SIGSTOP');
  await expect.poll(isFlowing(bench), { timeout: 10_000 }).toBe(false);
  child.kill('SIGKILL');
  await ended;
  const read = () => bench.deviceTelemetry[0]?.read() ?? new Map<string, bigint>();
  await expect.poll(() => read().get(`drop.${place}`), { timeout: 10_000 }).toBeGreaterThan(0n);
  const held = [...read()].filter(([name]) => name.startsWith('inflight.'));
  expect(held.map(([, count]) => count)).toEqual([0n]);
  return read().get(`drop.${place}`) ?? 0n;
}

describe('netvm', () => {
  test('netvmd.tx_link_down: the generator dies, and the wire with it', async () => {
    let lost = 0n;
    await onBench({ nfs: ['forward', 'firewall', 'monitor', 'forward', 'forward'] }, async (bench) => {
      lost = await lostWithTheWire(bench, 'netvmd.tx_link_down');
    });
    expect(lost).toBeGreaterThan(0n);
  });

  test('netvmd.ring_full: an NF gives packets back, and says that its ring is still full of them', async () => {
    await onBench({ nfs: ['forward'] }, async (bench, env) => {
      const host = bench.dataplane.host as ControlledProgram;
      const frozen = startHostile(env, { slot: 1, how: 'frozen' });
      try {
        await expect
          .poll(async () => (await netvmStatus(host, never)).nfs.map((nf) => nf.state))
          .toEqual(['ready', 'ready']);
        await host.call('chain.set', { hops: [1] }, { timeoutMs: 5_000 });
        const lost = await lostAt('netvmd.ring_full', () => runTrial(bench, easy, 'search', never));
        expect(lost).toBeGreaterThan(0);
      } finally {
        await frozen.stop();
      }
    });
  });

  test('wire.full: more than five NFs can take', async () => {
    await onBench({ nfs: ['forward', 'firewall', 'monitor', 'forward', 'forward'] }, async (bench) => {
      const pps = lineRatePps(easy.lineRateBps, 64);
      const lost = await lostAt('wire.full', () => runTrial(bench, { ...easy, pps }, 'search', never));
      expect(lost).toBeGreaterThan(0);
    });
  });

  test('nf<i>.verdict: a rule that lets nothing pass', async () => {
    await onBench({ nfs: ['forward'] }, async (bench, env) => {
      const host = bench.dataplane.host as ControlledProgram;
      const deny = denyAll(env, env.runDir, 1);
      try {
        await expect
          .poll(async () => (await netvmStatus(host, never)).nfs.map((nf) => nf.state))
          .toEqual(['ready', 'ready']);
        await host.call('chain.set', { hops: [0, 1] }, { timeoutMs: 5_000 });
        const { record } = await runTrial(bench, easy, 'search', never);
        expect(record.books.received).toBe(0);
        const lost = await lostAt('nf1.verdict', () => runTrial(bench, easy, 'search', never));
        expect(lost).toBeGreaterThan(0);
      } finally {
        await deny.stop();
      }
    });
  });

  test('netvmd.nf_died and netvmd.chain_down: an NF that holds packets is killed', async () => {
    await onBench({ nfs: ['forward', 'forward'] }, async (bench) => {
      const trial = runTrial(bench, { ...easy, durationMs: 2_000 }, 'search', never);
      await expect.poll(isFlowing(bench), { timeout: 10_000 }).toBe(true);
      const pid = bench.dataplane.nfs[1]?.child.pid ?? 0;
      process.kill(pid, 'SIGSTOP');
      // It holds what comes from now on, until the credits are used up.
      await expect
        .poll(() => bench.deviceTelemetry[0]?.read().get('inflight.chain') ?? 0n, { timeout: 10_000 })
        .toBeGreaterThan(0n);
      process.kill(pid, 'SIGKILL');
      const { record } = await trial;
      const { sent, received, drops, inFlight } = record.books;
      expect(record.verdict).toBe('nf-died');
      expect(drops['netvmd.nf_died']).toBeGreaterThan(0);
      expect(drops['netvmd.chain_down']).toBeGreaterThan(0);
      expect(received + Object.values(drops).reduce((sum, count) => sum + count, 0) + inFlight).toBe(sent);
    });
  });

  test('netvmd.chain_changed: a chain is changed while an NF of it does not move', async () => {
    await onBench({ nfs: ['forward', 'forward'] }, async (bench) => {
      const host = bench.dataplane.host as ControlledProgram;
      const pid = bench.dataplane.nfs[0]?.child.pid ?? 0;
      const lost = await lostAt('netvmd.chain_changed', async () => {
        const trial = runTrial(bench, { ...easy, durationMs: 1_000 }, 'search', never);
        await expect.poll(isFlowing(bench), { timeout: 10_000 }).toBe(true);
        process.kill(pid, 'SIGSTOP');
        await expect
          .poll(() => bench.deviceTelemetry[0]?.read().get('inflight.chain') ?? 0n, { timeout: 10_000 })
          .toBeGreaterThan(0n);
        await host.call('chain.set', { hops: [1] }, { timeoutMs: 5_000 });
        const done = await trial;
        process.kill(pid, 'SIGCONT');
        return done;
      });
      expect(lost).toBeGreaterThan(0);
    });
  });
});

describe('vhost-user', () => {
  test('wire.full: more than five NFs can take', async () => {
    await onBench(
      { dataplane: 'vhost-user', nfs: ['forward', 'firewall', 'monitor', 'forward', 'forward'] },
      async (bench) => {
        const pps = lineRatePps(easy.lineRateBps, 64);
        const lost = await lostAt('wire.full', () => runTrial(bench, { ...easy, pps }, 'search', never));
        expect(lost).toBeGreaterThan(0);
      },
    );
  });

  test('vswitch.port_down: an NF is killed; what is lost without a name is said', async () => {
    await onBench({ dataplane: 'vhost-user', nfs: ['forward'] }, async (bench) => {
      const trial = runTrial(bench, { ...easy, durationMs: 1_500 }, 'search', never);
      await expect.poll(isFlowing(bench), { timeout: 10_000 }).toBe(true);
      bench.dataplane.nfs[0]?.child.kill('SIGKILL');
      const { record } = await trial;
      expect(record.verdict).toBe('nf-died');
      expect(record.books.drops['vswitch.port_down']).toBeGreaterThan(0);
    });
  });

  test('vswitch.tx_link_down: the generator dies, and the wire with it', async () => {
    let lost = 0n;
    await onBench({ dataplane: 'vhost-user', nfs: ['forward', 'firewall', 'monitor'] }, async (bench) => {
      lost = await lostWithTheWire(bench, 'vswitch.tx_link_down');
    });
    expect(lost).toBeGreaterThan(0n);
  });

  test('the names of its counters are those of docs/counters.md', async () => {
    await onBench({ dataplane: 'vhost-user', nfs: ['forward', 'firewall'] }, async (bench) => {
      const names = bench.deviceTelemetry.flatMap(({ names }) => names);
      expect(names.filter((name) => /^(drop|inflight)\./.test(name)).sort()).toEqual([
        'drop.nf0.stopped',
        'drop.nf0.verdict',
        'drop.nf1.stopped',
        'drop.nf1.verdict',
        'drop.vswitch.port_down',
        'drop.vswitch.tap_full',
        'drop.vswitch.tap_refused',
        'drop.vswitch.tx_link_down',
        'inflight.vswitch',
      ]);
    });
  });
});

test('a generator killed in a trial: void and kept, the cell measured afresh on a new bench', async () => {
  const archive = memorySink();
  const small = plan([cell({ nfs: ['forward'], measureLatency: false })], {
    method: searchMethod('quick', { trialDurationMs: 300, resolutionRatio: 0.3, maxRepeats: 1, drainMs: 50 }),
    latency: null,
    generatorCeiling: { runs: 1, durationMs: 100 },
  });
  const benches: string[] = [];
  const killingOnce: typeof withBench = (of, options, work) =>
    withBench(of, options, (bench) => {
      benches.push(options.name);
      if (options.name !== 'cell-0-1') return work(bench);
      const { generator } = bench;
      const trial: typeof generator.trial = (request, signal) => {
        const asked = generator.trial(request, signal);
        if (request.durationMs === 300) generator.program.child.kill('SIGKILL');
        return asked;
      };
      return work({ ...bench, generator: { ...generator, trial } });
    });
  const run = await withRealTestbed((env) =>
    runPlan(
      small,
      env,
      { id: 'test', archive, command: 'test', signal: never, progress: silent, native },
      { ...realRig, withBench: killingOnce },
    ),
  );
  expect(run.status).toBe('complete');
  expect([benches, run.results[0]?.verdict]).toEqual([
    ['ceiling', 'cell-0-1', 'cell-0-2'],
    expect.not.stringMatching(/failed/),
  ]);
  const dead = archive.trials.filter(({ verdict }) => verdict === 'void');
  expect(dead).toHaveLength(1);
  expect(dead[0]?.reason).toMatch(/netvm-gen was killed by SIGKILL/);
});
