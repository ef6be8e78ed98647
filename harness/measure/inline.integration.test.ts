import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TrialRecord } from '../model/run.ts';
import type { ControlledProgram } from '../native/program.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { closedTrial, easy } from './closed-trial.fixture.ts';
import { withBench, type Bench } from './bench.ts';
import { cell } from './doubles.fixture.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';

const never = new AbortController().signal;
const onBench = (nfs: readonly string[], work: (bench: Bench, env: LocalTestbedEnv) => Promise<void>) =>
  withRealTestbed((env) =>
    withBench(cell({ isolation: 'inline', nfs }), benchOptions(env), (bench) => work(bench, env)),
  );

const verdicts = ({ books }: TrialRecord) =>
  Object.entries(books.drops).filter(([name, count]) => name.endsWith('.verdict') && count > 0);

const call = (bench: Bench, method: string, params: object) =>
  (bench.dataplane.host as ControlledProgram).call(method, params, { timeoutMs: 5_000 });

const refusal = (bench: Bench, method: string, params: object) =>
  call(bench, method, params).then(
    () => 'obeyed',
    (error: unknown) => String(error),
  );

describe('NFs in netvmd itself', () => {
  test.each([
    { nfs: ['forward', 'firewall', 'monitor', 'forward', 'forward'] },
    {
      nfs: [
        'monitor',
        'dpi',
        'ratelimit',
        'bridge',
        'synthetic',
        'loadbalancer',
        'router',
        'nat',
        'steer',
        'tcpproxy',
        'forward',
      ],
    },
  ])('packets go through $nfs, none is dropped by a verdict, in order, and the books close', ({ nfs }) =>
    onBench(nfs, async (bench) => {
      expect(bench.dataplane.nfs).toEqual([]);
      const record = await closedTrial(bench);
      expect(record.books.received).toBeGreaterThan(0);
      expect(record.books).toMatchObject({ duplicates: 0, reordered: 0 });
      expect(verdicts(record)).toEqual([]);
    }),
  );

  test('what an NF drops is counted at its place, and a chain can be changed while packets come in', () =>
    onBench(['forward'], async (bench, env) => {
      const rules = join(env.runDir, 'deny.rules');
      writeFileSync(rules, 'deny any any any any any\n', { mode: 0o600 });
      const firewall = { file: join(native, 'nf-firewall.so'), options: ['--rules', rules] };
      expect(await call(bench, 'inline.load', firewall)).toEqual({ inline: 1 });
      await call(bench, 'chain.set', { hops: [{ inline: 0 }, { inline: 1 }] });
      const denied = await closedTrial(bench);
      expect(denied.books.received).toBe(0);
      expect(verdicts(denied).map(([name]) => name)).toEqual(['nf1.verdict']);

      const during = runTrial(bench, { ...easy, durationMs: 1_000 }, 'search', never);
      await call(bench, 'chain.set', { hops: [{ inline: 0 }] });
      expect(await call(bench, 'inline.unload', { inline: 1 })).toEqual({});
      await during;
      const free = await closedTrial(bench);
      expect(free.books.received).toBeGreaterThan(0);
      expect(verdicts(free)).toEqual([]);
      expect(await call(bench, 'status', {})).toMatchObject({
        chains: [{ hops: [{ inline: 0 }] }],
        inlineNfs: [{ inline: 0, name: 'forward' }],
      });
    }));

  test('orders that cannot be carried out are refused by the field, and the chain stays as it is', () =>
    onBench(['forward', 'forward'], async (bench, env) => {
      const load = (file: unknown, options?: unknown) => refusal(bench, 'inline.load', { file, options });
      expect(await load('nf-forward.so')).toContain('file: expected the absolute path');
      expect(await load(join(native, 'nf-none.so'))).toMatch(/file: .*nf-none.so: No such file or directory/);
      expect(await load(env.runDir)).toContain('expected a file of at most 64 MB');
      const tests = join(native, '../tests');
      expect(await load(join(tests, 'nf-wrong-abi.so'))).toMatch(
        /nf-wrong-abi.so: is built for version \d+ of the NF ABI, and netvmd has \d+/,
      );
      expect(await load(join(tests, 'nf-no-module.so'))).toContain('has no symbol netvm_nf_module');
      expect(await load(join(native, 'nf-firewall.so'))).toContain('firewall: --rules');
      expect(await load(join(native, 'nf-forward.so'), 'all')).toContain('options: expected a list');
      expect(await load(join(native, 'nf-forward.so'), ['a', 1])).toContain('options[1]: expected a string');

      const chain = (...hops: unknown[]) => refusal(bench, 'chain.set', { hops });
      expect(await chain({ inline: 0 }, { inline: 7 })).toContain('hops[1].inline: expected the number');
      expect(await chain({ inline: 0 }, { inline: 0 })).toContain(
        'hops[1]: an NF or a service can be in a chain once',
      );
      expect(await chain({ inline: 0, slot: 1 })).toMatch(/hops\[0\]\.slot/);
      expect(await refusal(bench, 'inline.unload', { inline: 1 })).toContain('inline: 1 is in a chain');
      expect(await refusal(bench, 'inline.unload', { inline: 2 })).toContain('inline: expected the number');

      expect(await call(bench, 'status', {})).toMatchObject({
        chains: [{ hops: [{ inline: 0 }, { inline: 1 }] }],
      });
      expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
    }));

  test('a data plane that is killed comes back with its inline chain', () =>
    onBench(['forward', 'monitor'], async (bench) => {
      await bench.resetDevice(never);
      expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
    }));
});
