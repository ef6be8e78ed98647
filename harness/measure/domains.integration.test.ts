import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { netvmStatus } from '../dataplane/netvm-status.ts';
import { type ControlledProgram } from '../native/program.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { closedTrial, easy } from './closed-trial.fixture.ts';
import { withBench, type Bench } from './bench.ts';
import { expectEveryBuffer } from './buffers.fixture.ts';
import { cell } from './doubles.fixture.ts';
import { startHostile } from './hostile.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';

const never = new AbortController().signal;
const onBench = (
  nfs: readonly string[],
  trustDomains: number,
  work: (bench: Bench, env: LocalTestbedEnv) => Promise<void>,
) =>
  withRealTestbed((env) =>
    withBench(cell({ nfs, trustDomains }), benchOptions(env), (bench) => work(bench, env)),
  );

const copies = (bench: Bench) => Number(bench.deviceTelemetry[0]?.read().get('border.copies') ?? 0n);
const hostOf = (bench: Bench) => bench.dataplane.host as ControlledProgram;
const call = (bench: Bench, method: string, params: object) =>
  hostOf(bench).call(method, params, { timeoutMs: 5_000 });
const refusal = (bench: Bench, hops: readonly unknown[]) =>
  call(bench, 'chain.set', { hops }).then(
    () => 'obeyed',
    (error: unknown) => String(error),
  );

describe('trust domains', () => {
  test.each([
    [2, 64],
    [2, 1518],
    [5, 64],
  ])('a chain of 5 in %i, %i B: in order, copied at each border and nowhere else', (count, frameSizeBytes) =>
    onBench(['forward', 'firewall', 'monitor', 'forward', 'forward'], count, async (bench) => {
      const record = await closedTrial(bench, { frameSizeBytes });
      expect(record.books.received).toBeGreaterThan(0);
      expect(record.books).toMatchObject({ duplicates: 0, reordered: 0 });
      const rx = Number(bench.deviceTelemetry[0]?.read().get('rx.packets') ?? 0n);
      const drops = Object.keys(record.books.drops).filter((name) => !name.startsWith('wire.'));
      expect(drops).toEqual([]);
      expect(copies(bench)).toBe(rx * (count + 1));
    }),
  );

  test('one domain copies nothing', () =>
    onBench(['forward', 'forward'], 1, async (bench) => {
      await closedTrial(bench);
      expect(copies(bench)).toBe(0);
    }));

  test('a domain maps its own region alone, and holds no byte that a later one wrote', () =>
    onBench(['forward', 'nat'], 2, async (bench, env) => {
      await closedTrial(bench);
      const mapped = bench.dataplane.nfs.map(({ child }) => {
        const maps = readFileSync(`/proc/${child.pid}/maps`, 'utf8').split('\n');
        return [...new Set(maps.map((line) => line.split(/\s+/)[5] ?? ''))].filter((file) =>
          file.startsWith(env.hugeDir),
        );
      });
      const [first = '', second = ''] = ['region', 'region1'].map((name) => join(env.hugeDir, name));
      expect(mapped).toEqual([[first], [second]]);
      // The port's region, which its peer maps, has no name that anybody could open.
      expect(readdirSync(env.hugeDir).toSorted()).toEqual(['region', 'region1']);
      // What nat writes: from 203.0.113.1 to 198.19.0.1.
      const translated = Buffer.from('cb007101c6130001', 'hex');
      expect(readFileSync(first).includes(translated)).toBe(false);
      expect(readFileSync(second).includes(translated)).toBe(true);
    }));

  test('a process of another user is refused: by the file, and by netvmd where it has the file', () =>
    onBench(['forward', 'forward'], 2, async (bench, env) => {
      for (const file of ['region', 'region1'].map((name) => join(env.hugeDir, name))) {
        expect(statSync(file).mode & 0o777).toBe(0o600);
        const args = [...['--reuid', '65534', '--clear-groups'], join(native, 'nf-forward')];
        const { status, stderr } = spawnSync('setpriv', [...args, '--region', file, '--slot', '9'], {
          encoding: 'utf8',
        });
        expect([status, stderr]).toEqual([3, expect.stringContaining('Permission denied')]);
      }
      const foreign = startHostile(env, { slot: 9, how: 'foreign', region: 'region1' });
      try {
        const state = async () =>
          (await netvmStatus(hostOf(bench), never)).nfs.find((nf) => nf.slot === 9)?.state;
        await expect.poll(state, { timeout: 10_000 }).toBe('refused');
        expect(
          execFileSync('ps', ['-o', 'uid=', '-p', String(foreign.child.pid)], { encoding: 'utf8' }).trim(),
        ).toBe('65534');
        const hops = [
          { domain: 0, slot: 0 },
          { domain: 1, slot: 9 },
        ];
        expect(await refusal(bench, hops)).toContain(
          'hops[1].slot: expected the slot of an NF that is ready',
        );
      } finally {
        await foreign.stop();
      }
      expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
    }));

  test('an NF that names buffers it does not hold is refused, every buffer comes back, and the other domain goes on', () =>
    onBench(['forward', 'forward'], 2, async (bench, env) => {
      const liar = startHostile(env, { slot: 9, region: 'region1' });
      try {
        await expect
          .poll(async () => (await netvmStatus(hostOf(bench), never)).nfs.map((nf) => nf.state), {
            timeout: 10_000,
          })
          .toEqual(['ready', 'ready', 'ready']);
        await call(bench, 'chain.set', {
          hops: [
            { domain: 0, slot: 0 },
            { domain: 1, slot: 9 },
          ],
        });
        await bench.generator.trial(easy, never);
        expect(bench.deviceTelemetry[0]?.read().get('refused.descriptors')).toBeGreaterThan(64n);
        await expectEveryBuffer(() => netvmStatus(hostOf(bench), never));
        await call(bench, 'chain.set', {
          hops: [
            { domain: 0, slot: 0 },
            { domain: 1, slot: 1 },
          ],
        });
        expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
      } finally {
        await liar.stop();
      }
    }));

  test('a chain that makes no sense is refused by its field, and the one there is stays', () =>
    onBench(['forward', 'forward'], 2, async (bench) => {
      const good = { domain: 0, slot: 0 };
      expect(await refusal(bench, [good, { domain: 2, slot: 0 }])).toContain(
        'hops[1].domain: expected a number below 2',
      );
      expect(await refusal(bench, [{ domain: -1, slot: 0 }])).toContain('hops[0].domain');
      expect(await refusal(bench, [good, { domain: 1, slot: 0 }])).toContain(
        'hops[1].slot: expected the slot',
      );
      expect(await refusal(bench, [good, { domain: 1 }])).toContain('hops[1].slot: expected the slot');
      expect(await refusal(bench, [good, good])).toContain(
        'hops[1]: an NF or a service can be in a chain once',
      );
      expect(await refusal(bench, [{ ...good, extra: 1 }])).toContain('hops[0].extra');
      expect(await call(bench, 'status', {})).toMatchObject({
        chains: [{ hops: [good, { domain: 1, slot: 1 }] }],
      });
      expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
    }));

  test('an NF of one domain dies and comes back: the other domain has nothing to do for it', () =>
    onBench(['forward', 'forward'], 2, async (bench) => {
      const [first, second] = bench.dataplane.nfs.map(({ child }) => child.pid);
      await bench.dataplane.resetNf?.(1, never);
      const pids = bench.dataplane.nfs.map(({ child }) => child.pid);
      expect(pids[0]).toBe(first);
      expect(pids[1]).not.toBe(second);
      expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
      await expectEveryBuffer(() => netvmStatus(hostOf(bench), never));
    }));
});
