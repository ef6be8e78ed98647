import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { silent } from '../model/progress.ts';
import { macOf } from '../dataplane/sriov.ts';
import { startProgram, type Program } from '../native/program.ts';
import { openTelemetry } from '../native/telemetry.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { closedTrial, droppedIn, easy } from './closed-trial.fixture.ts';
import { withBench, type Bench } from './bench.ts';
import { cell, memorySink, plan, searchMethod } from './doubles.fixture.ts';
import { runPlan } from './run.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';

/** The emulated SR-IOV data plane: chains by address, closed books, order, and what becomes of packets where something is wrong. */

const never = new AbortController().signal;
const onVfs = (nfs: readonly string[], work: (bench: Bench, env: LocalTestbedEnv) => Promise<void>) =>
  withRealTestbed((env) =>
    withBench(cell({ dataplane: 'sriov', nfs }), benchOptions(env), (bench) => work(bench, env)),
  );

describe('packets go round by address, in order, and the books close', () => {
  test.each([
    [['forward']],
    [['forward', 'firewall', 'monitor']],
    [['router', 'nat', 'loadbalancer', 'bridge', 'ratelimit']],
  ])('%j', async (nfs) => {
    await onVfs(nfs, async (bench) => {
      for (const frameSizeBytes of [64, 1518]) {
        const record = await closedTrial(bench, { frameSizeBytes });
        const { sent, received, inFlight, duplicates, reordered } = record.books;
        expect(received).toBeGreaterThan(0);
        expect([sent, record.reason]).toEqual([received + droppedIn(record), record.reason]);
        expect({ inFlight, duplicates, reordered }).toEqual({ inFlight: 0, duplicates: 0, reordered: 0 });
        const samples = bench.generatorTelemetry.histogram().reduce((sum, count) => sum + count, 0n);
        expect(Number(samples)).toBe(received);
      }
      const { busyRatio, coreBusyRatio } = (await closedTrial(bench)).trust?.embeddedSwitch ?? {};
      expect(busyRatio).toBeGreaterThan(0);
      expect(coreBusyRatio).toBeGreaterThan(busyRatio ?? 1);
    });
  });
});

test('the names of its counters are those of docs/counters.md', async () => {
  await onVfs(['forward', 'firewall'], (bench) => {
    const segments = [bench.generatorTelemetry, ...bench.deviceTelemetry];
    const names = segments.flatMap((segment) => segment.names);
    expect(names.filter((name) => /^(drop|inflight)\./.test(name)).sort()).toEqual([
      'drop.eswitch.malformed',
      'drop.eswitch.unknown_mac',
      'drop.nf0.stopped',
      'drop.nf0.verdict',
      'drop.nf1.stopped',
      'drop.nf1.verdict',
      'drop.vf0.down',
      'drop.vf0.full',
      'drop.vf1.down',
      'drop.vf1.full',
      'drop.wire.full',
    ]);
    return Promise.resolve();
  });
});

test('overload: what a virtual function has no room for is lost there, by name, and nothing else', async () => {
  await onVfs(['forward', 'synthetic'], async (bench) => {
    for (const load of [
      { ...easy, pps: 14_880_952 },
      { ...easy, pps: 0, lineRateBps: 0 },
    ]) {
      const record = await closedTrial(bench, { ...load, drainMs: 500 });
      expect(record.books.reordered + record.books.duplicates).toBe(0);
      expect([record.books.sent, record.reason]).toEqual([
        record.books.received + droppedIn(record),
        record.reason,
      ]);
      expect(Object.keys(record.books.drops).filter((place) => !/^(wire|vf1)\.full$/.test(place))).toEqual(
        [],
      );
    }
  });
});

test('an NF that is killed: what it held and what comes for it is lost by name, and the books close', async () => {
  await onVfs(['forward', 'firewall', 'monitor'], async (bench) => {
    const trial = runTrial(bench, { ...easy, pps: 200_000, durationMs: 2_000 }, 'search', never);
    const middle = bench.dataplane.nfs[1]?.child;
    await expect
      .poll(() => bench.generatorTelemetry.read().get('vf2.rx.packets'), { timeout: 10_000 })
      .toBeGreaterThan(1_000n);
    // Frozen it holds what comes; killed, that is lost.
    process.kill(middle?.pid ?? 0, 'SIGSTOP');
    const held = () => {
      const now = bench.generatorTelemetry.read();
      return (now.get('vf1.rx.packets') ?? 0n) - (now.get('vf1.tx.packets') ?? 0n);
    };
    await expect.poll(held, { timeout: 10_000 }).toBeGreaterThan(100n);
    middle?.kill('SIGKILL');
    const { record } = await trial;
    expect(record.verdict).toBe('nf-died');
    expect(record.reason).toMatch(/^nf1-firewall was killed by SIGKILL/);
    const { sent, received, drops, inFlight } = record.books;
    expect(drops['vf1.nf_died']).toBeGreaterThan(100);
    expect(drops['vf1.down']).toBeGreaterThan(0);
    expect([received + droppedIn(record), inFlight]).toEqual([sent, 0]);
    // Before the first function nobody is left to send to, and the wire is full.
    bench.dataplane.nfs[0]?.child.kill('SIGKILL');
    await expect.poll(() => bench.generator.linkUp(never), { timeout: 10_000 }).toBe(false);
  });
});

/** One more NF at virtual function 0, which sends to the address of a sixth one. */
function anotherAtVf0(bench: Bench, { deviceCore }: LocalTestbedEnv, telemetry: string): Program {
  const runDir = dirname(bench.dataplane.telemetryPaths[0] ?? '');
  return startProgram({
    name: 'nf-another',
    file: join(native, 'nf-forward-vf'),
    args: [
      ...['--core', String(deviceCore), '--vf', join(runDir, 'wire.sock.vf0'), '--index', '0'],
      ...['--next-mac', macOf(5), '--telemetry', telemetry],
    ],
    cpus: [deviceCore],
    runDir,
  });
}

test('packets to nobody’s address are lost by that name', async () => {
  await onVfs(['forward'], async (bench, env) => {
    await bench.dataplane.nfs[0]?.stop();
    const astray = anotherAtVf0(bench, env, join(env.runDir, 'astray.tlm'));
    try {
      await expect.poll(() => bench.generator.linkUp(never), { timeout: 20_000 }).toBe(true);
      const report = await bench.generator.trial({ ...easy, drainMs: 1_000 }, never);
      expect([report.sent > 0, report.received]).toEqual([true, 0]);
      const lost = bench.generatorTelemetry.read().get('drop.eswitch.unknown_mac') ?? 0n;
      expect(Number(lost)).toBe(report.sent - report.wireFull);
    } finally {
      await astray.stop();
    }
  });
});

test('a virtual function has one NF: another is turned away, and the first one goes on', async () => {
  await onVfs(['forward'], async (bench, env) => {
    const telemetry = join(env.runDir, 'another.tlm');
    const another = anotherAtVf0(bench, env, telemetry);
    try {
      await expect.poll(() => existsSync(telemetry), { timeout: 20_000 }).toBe(true);
      const record = await closedTrial(bench);
      expect(record.books.received).toBeGreaterThan(0);
      expect(record.books.drops).not.toHaveProperty('eswitch.unknown_mac');
      const opened = openTelemetry(telemetry);
      expect(opened.read().get('link.up')).toBe(0n);
      opened.close();
    } finally {
      await another.stop();
    }
  });
});

test('a run from end to end: emulated, with what the emulation cost', async () => {
  const archive = memorySink();
  const small = plan([cell({ dataplane: 'sriov', nfs: ['forward', 'monitor'] })], {
    method: searchMethod('quick', { trialDurationMs: 50, resolutionRatio: 0.3, maxRepeats: 1, drainMs: 50 }),
    latency: null,
    generatorCeiling: { runs: 1, durationMs: 100 },
  });
  const run = await withRealTestbed((env) =>
    runPlan(small, env, { id: 'test', archive, command: 'test', signal: never, progress: silent, native }),
  );
  const [result] = run.results;
  expect([run.status, result?.provenance]).toEqual(['complete', 'emulated']);
  expect(result?.verdict).not.toBe('failed');
  // The generator's ceiling is its own: measured on a plain wire.
  expect(
    archive.trials.filter(({ trust }) => trust?.embeddedSwitch).map(({ purpose }) => purpose),
  ).not.toContain('ceiling');
});
