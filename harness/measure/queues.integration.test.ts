import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { dataplanes } from '../dataplane/index.ts';
import { silent } from '../model/progress.ts';
import type { DataplaneName, TrialRecord } from '../model/run.ts';
import { startProgram } from '../native/program.ts';
import type { Counters } from '../native/telemetry.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import type { TrialReport, TrialRequest } from '../traffic/generator.ts';
import { withBench, type Bench } from './bench.ts';
import { cell, memorySink, plan, searchMethod } from './doubles.fixture.ts';
import { realRig, runPlan } from './run.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';

/**
 * Two senders and a queue of the wire for each, for real. A machine of two cores has to share one between a sender and the device, which
 * a testbed's file may not: that is slow, and shows no speed, but each packet is accounted for.
 */

const never = new AbortController().signal;
const load: TrialRequest = {
  frameSizeBytes: 128,
  pps: 20_000,
  durationMs: 300,
  flows: 100,
  stampEvery: 1,
  lineRateBps: 10e9,
  drainMs: 500,
};

function shared(env: LocalTestbedEnv, rxCores: readonly number[]): LocalTestbedEnv {
  return { ...env, txCores: [env.generatorCore, env.deviceCore], rxCores };
}

interface Closed {
  readonly record: TrialRecord;
  readonly report: TrialReport;
  /** How the counters of the data plane itself grew. */
  readonly grown: (name: string) => number;
}

/** A trial whose books close: a machine that takes its core away for a whole drain is asked again. */
async function closedTrial(bench: Bench): Promise<Closed> {
  for (let i = 0; ; i++) {
    const reports: TrialReport[] = [];
    const trial = async (request: TrialRequest, signal: AbortSignal) => {
      const report = await bench.generator.trial(request, signal);
      reports.push(report);
      return report;
    };
    const [host] = bench.deviceTelemetry;
    const before: Counters = host?.read() ?? new Map();
    const watched = { ...bench, generator: { ...bench.generator, trial } };
    const { record } = await runTrial(watched, load, 'search', never);
    const after: Counters = host?.read() ?? new Map();
    const [report] = reports;
    if (report === undefined || (record.verdict === 'unbalanced' && i < 4)) continue;
    return { record, report, grown: (name) => Number((after.get(name) ?? -1n) - (before.get(name) ?? 0n)) };
  }
}

test.each<readonly [DataplaneName, readonly string[], 'one receiver' | 'two receivers']>([
  ['forwarder', [], 'two receivers'],
  ['netvm', ['forward', 'monitor'], 'one receiver'],
  ['netvm', ['forward', 'monitor'], 'two receivers'],
  ['vhost-user', ['forward', 'monitor'], 'one receiver'],
  ['vhost-user', ['forward', 'monitor'], 'two receivers'],
])('%s with the chain %j, two senders and %s: the books close, in order, queue by queue', async (...args) => {
  const [dataplane, nfs, receivers] = args;
  await withRealTestbed(async (env) => {
    // Each sender's packets come back to the other one's core.
    const rxCores = receivers === 'one receiver' ? [env.generatorCore] : [env.deviceCore, env.generatorCore];
    await withBench(cell({ dataplane, nfs }), benchOptions(shared(env, rxCores)), async (bench) => {
      const { record, report, grown } = await closedTrial(bench);
      const { sent, received, drops, inFlight } = record.books;
      const dropped = Object.values(drops).reduce((sum, count) => sum + count, 0);
      expect([record.reason, sent]).toEqual([record.reason, received + dropped + inFlight]);
      expect(received).toBeGreaterThan(0);
      expect(report).toMatchObject({ duplicates: 0, reordered: 0, foreign: 0, strayed: 0 });
      for (const queue of [0, 1]) {
        expect(grown(`rx.queue${queue}.packets`)).toBeGreaterThan(0);
        expect(grown(`tx.queue${queue}.packets`)).toBe(grown(`rx.queue${queue}.packets`));
      }
      expect(grown('rx.packets')).toBe(grown('rx.queue0.packets') + grown('rx.queue1.packets'));
      expect(grown('rx.packets')).toBe(sent - (drops['wire.full'] ?? 0));
      expect(grown('tx.packets')).toBe(received);
    });
  });
});

test('a device with two queues killed in mid-trial leaves the books as they are, and the next one is served', async () => {
  await withRealTestbed((plainEnv) => {
    const env = shared(plainEnv, [plainEnv.generatorCore]);
    return withBench(cell({ dataplane: 'forwarder', nfs: [] }), benchOptions(env), async (bench) => {
      const trial = bench.generator.trial({ ...load, durationMs: 3_000 }, never);
      const onQueue = (queue: number) =>
        bench.deviceTelemetry[0]?.read().get(`rx.queue${queue}.packets`) ?? 0n;
      await expect.poll(() => onQueue(0), { timeout: 30_000 }).toBeGreaterThan(1_000n);
      await expect.poll(() => onQueue(1), { timeout: 30_000 }).toBeGreaterThan(1_000n);
      bench.dataplane.host?.child.kill('SIGKILL');
      const cut = await trial;
      expect(cut.received).toBeGreaterThan(0);
      expect(cut.wireFull).toBeGreaterThan(0);
      expect(cut.lost).toBe(cut.sent - cut.received);
      expect(cut).toMatchObject({ duplicates: 0, reordered: 0, foreign: 0, strayed: 0 });
      expect(await bench.generator.linkUp(never)).toBe(false);

      const directory = dirname(bench.generator.telemetryPath ?? '');
      const up = (queues: number) => {
        const runDir = join(directory, `next-${queues}`);
        mkdirSync(runDir);
        const { hugeDir, deviceCore: core } = env;
        const wire = join(directory, 'wire.sock');
        return dataplanes.forwarder.up(bench.cell, {
          ...{ native, runDir, hugeDir, core, wire, queues, signal: never },
        });
      };
      const few = await up(1);
      try {
        await expect(bench.generator.trial(load, never)).rejects.toThrow(
          'the device has 1 queue on the wire',
        );
      } finally {
        await few.down();
      }
      const next = await up(2);
      try {
        const whole = await bench.generator.trial(load, never);
        expect(whole.received).toBeGreaterThan(0);
        expect(whole).toMatchObject({ duplicates: 0, reordered: 0, foreign: 0, strayed: 0 });
      } finally {
        await next.down();
      }
    });
  });
});

test('a run with two senders: the ceiling, the wire, every core and the cell are measured', async () => {
  const archive = memorySink();
  const small = plan([cell({ nfs: ['forward'], measureLatency: false })], {
    method: searchMethod('quick', {
      trialDurationMs: 100,
      resolutionRatio: 0.5,
      maxRepeats: 0,
      drainMs: 200,
    }),
    latency: { loadsPercent: [10], durationMs: 100, repetitions: 1, stampEvery: 64, frameSizesBytes: [64] },
    generatorCeiling: { runs: 1, durationMs: 100 },
  });
  const run = await withRealTestbed((env) =>
    runPlan(
      small,
      shared(env, [env.generatorCore]),
      { id: 'test', archive, command: 'test', signal: never, progress: silent, native },
      realRig,
    ),
  );
  expect([run.status, archive.logs]).toEqual(['complete', []]);
  expect(run.generator).toMatchObject({ txCores: [0, 1], rxCores: [0] });
  expect(run.generator?.ceilingPps).toBeGreaterThan(0);
  expect(run.jitter.map(({ core }) => core)).toEqual([0, 1]);
  expect(run.results).toHaveLength(1);
  expect(run.results[0]?.trials).toBeGreaterThan(0);
});

test('queues for which there is no memory: netvmd says what they need and what to do, and exits 3', async () => {
  await withRealTestbed(async ({ runDir, hugeDir, deviceCore }) => {
    const netvmd = startProgram({
      name: 'netvmd',
      file: join(native, 'netvmd'),
      args: [
        ...[
          '--core',
          String(deviceCore),
          '--wire',
          join(runDir, 'no-one'),
          '--control',
          join(runDir, 'sock'),
        ],
        ...['--telemetry', join(runDir, 'tlm'), '--region', join(hugeDir, 'region')],
        ...['--queues', '16', '--rx-ring', '14'],
      ],
      cpus: [deviceCore],
      runDir,
    });
    const status = await netvmd.child.exited;
    expect(status.code).toBe(3);
    expect(netvmd.death(status).message).toMatch(
      /16 queues of 2 x 16384 descriptors and 4096 packets in the chain need 529408 packet buffers: reserve more huge pages/,
    );
  });
});
