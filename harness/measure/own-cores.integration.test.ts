import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { DataplaneName, Scheduling, TrialRecord } from '../model/run.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import type { TrialRequest } from '../traffic/generator.ts';
import { withBench, type Bench } from './bench.ts';
import { cell } from './doubles.fixture.ts';
import { benchOptions, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';

/**
 * NFs on cores of their own, for real. A machine of two cores has none left for them, so they get the generator's, which a testbed's file may not: that is slow, and shows no
 * speed, but each packet is accounted for, and each process is where it is to be.
 */

const never = new AbortController().signal;
const load: TrialRequest = {
  frameSizeBytes: 128,
  pps: 10_000,
  durationMs: 300,
  flows: 100,
  stampEvery: 1,
  lineRateBps: 10e9,
  drainMs: 500,
};

const stoppedMs = 200;

const onGenerators = (env: LocalTestbedEnv) => ({ ...env, nfCores: [env.generatorCore] });

/** A trial whose books close: a machine that takes its core away for a whole drain is asked again. */
async function closedTrial(bench: Bench): Promise<TrialRecord> {
  for (let i = 0; ; i++) {
    const { record } = await runTrial(bench, load, 'search', never);
    if (record.verdict !== 'unbalanced' || i === 4) return record;
  }
}

function coresOf(pid: number): string | undefined {
  return /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

test.each<readonly [DataplaneName, Scheduling, readonly string[]]>([
  ['netvm', 'adaptive', ['forward', 'monitor']],
  ['netvm', 'shared', ['forward', 'monitor']],
  ['netvm', 'poll', ['forward']],
  ['vhost-user', 'shared', ['forward', 'monitor']],
])(
  '%s, NFs that are %s on another core, chain %j: the books close, and each runs where it is to',
  async (...args) => {
    const [dataplane, scheduling, nfs] = args;
    await withRealTestbed((env) =>
      withBench(cell({ dataplane, nfs, scheduling }), benchOptions(onGenerators(env)), async (bench) => {
        expect(coresOf(bench.dataplane.host?.child.pid ?? 0)).toBe(String(env.deviceCore));
        for (const { child } of bench.dataplane.nfs)
          expect(coresOf(child.pid)).toBe(String(env.generatorCore));
        const { books, reason, cpu } = await closedTrial(bench);
        const dropped = Object.values(books.drops).reduce((sum, count) => sum + count, 0);
        expect([reason, books.sent]).toEqual([reason, books.received + dropped + books.inFlight]);
        expect(books.received).toBeGreaterThan(0);
        expect(books).toMatchObject({ duplicates: 0, reordered: 0, inFlight: 0 });
        // What NFs cost there nobody counts: a part of it is not shown as all of it.
        expect(cpu).toBeNull();
      }),
    );
  },
);

/** Stops the NF for a while in mid-trial. Returns the trial, and the longest gap of the device in it. */
async function stopInTrial(bench: Bench) {
  const received = () => bench.deviceTelemetry[0]?.read().get('rx.packets') ?? 0n;
  const before = received();
  const trial = runTrial(bench, { ...load, durationMs: 1_000 }, 'search', never);
  await expect.poll(received, { timeout: 30_000 }).toBeGreaterThan(before + 100n);
  const [nf] = bench.dataplane.nfs;
  nf?.child.kill('SIGSTOP');
  await sleep(stoppedMs);
  nf?.child.kill('SIGCONT');
  const { record } = await trial;
  const gaps = record.gaps.filter(({ where }) => where === 'device').map((gap) => gap.durationNs);
  return { record, gapNsMax: Math.max(0, ...gaps) };
}

test('an NF there that is stopped for a while is a gap of the device, and after that the books close', async () => {
  await withRealTestbed((env) =>
    withBench(
      cell({ nfs: ['forward'], scheduling: 'poll' }),
      benchOptions(onGenerators(env)),
      async (bench) => {
        const { record, gapNsMax } = await stopInTrial(bench);
        expect(gapNsMax).toBeGreaterThanOrEqual((stoppedMs / 2) * 1e6);
        expect(record.books.inFlight).toBe(0);
      },
    ),
  );
});
