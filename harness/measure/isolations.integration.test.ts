import { describe, expect, test } from 'vitest';
import { endsWhere } from './cannot-run.fixture.ts';
import { closedTrial } from './closed-trial.fixture.ts';
import { withBench } from './bench.ts';
import { cell } from './doubles.fixture.ts';
import { probeMicrovm } from '../testbed/isolations.ts';
import { benchOptions, native, withRealTestbed } from './testbed.fixture.ts';
import { builtImage } from './vm.fixture.ts';

const never = new AbortController().signal;
const chain = { nfs: ['forward', 'firewall', 'monitor'] };

const { ok: runsMicrovms, finding } = await probeMicrovm(native, never);

describe('packets go through a chain of every isolation, and it is known what its NFs took', () => {
  const apart = (isolation: 'process' | 'microvm') =>
    withRealTestbed((env) =>
      withBench(cell({ ...chain, isolation, instances: 2 }), benchOptions(env), async (bench) => {
        expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
        const costs = (await bench.dataplane.nfCosts?.(never)) ?? [];
        expect(costs.map(({ name }) => name)).toEqual(
          ['nf0-forward', 'nf1-firewall', 'nf2-monitor'].flatMap((nf) => [`${nf}.1`, `${nf}.2`]),
        );
        for (const { startMs, startWithinMs, memoryBytes } of costs) {
          // By the NF's own clock, where that is the machine's; that of a guest need not be, and then it was between two looks of netvmd's.
          if (isolation === 'process') expect(startWithinMs).toBe(0);
          expect(startWithinMs).toBeGreaterThanOrEqual(0);
          expect(startMs).toBeGreaterThan(startWithinMs);
          // Less than the packets' memory: that is everybody's.
          expect(memoryBytes).toBeGreaterThan(0);
          expect(memoryBytes).toBeLessThan(32 * 2 ** 20);
        }
        // One that died has none; its successor's start is its own.
        const before = costs[2]?.startMs ?? 0;
        await bench.dataplane.resetNf?.(2, never);
        const after = (await bench.dataplane.nfCosts?.(never)) ?? [];
        expect(after.map(({ name }) => name)).toContain('nf1-firewall.3');
        expect(after.find(({ name }) => name === 'nf1-firewall.3')?.startMs).not.toBe(before);
      }),
    );

  test('process', () => apart('process'));

  test('microvm', (context) => {
    endsWhere(runsMicrovms ? null : finding, context);
    return apart('microvm');
  });

  test('vm, translated', async () => {
    const { kernel, initrd } = await builtImage();
    const nfs = ['forward', 'firewall'];
    const guest = { accelerator: 'tcg', kernel, initrd } as const;
    await withRealTestbed((env) =>
      withBench(cell({ nfs, isolation: 'vm' }), { ...benchOptions(env), guest }, async (bench) => {
        expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
        const costs = (await bench.dataplane.nfCosts?.(never)) ?? [];
        expect(costs.map(({ name }) => name)).toEqual(['nf0-forward', 'nf1-firewall']);
        for (const { startMs, startWithinMs, memoryBytes } of costs) {
          // By the guest's clock, which the launcher sets by the machine's; or between two looks of netvmd's.
          expect(startMs).toBeGreaterThan(startWithinMs);
          // A kernel, with QEMU around it, which is below the launcher.
          expect(memoryBytes).toBeGreaterThan(32 * 2 ** 20);
        }
      }),
    );
  });

  test('inline', () =>
    withRealTestbed((env) =>
      withBench(cell({ ...chain, isolation: 'inline' }), benchOptions(env), async (bench) => {
        expect((await closedTrial(bench)).books.received).toBeGreaterThan(0);
        const costs = (await bench.dataplane.nfCosts?.(never)) ?? [];
        expect(costs.map(({ name }) => name)).toEqual(['nf0-forward', 'nf1-firewall', 'nf2-monitor']);
        for (const { startMs } of costs) expect(startMs).toBeGreaterThan(0);
        // netvmd has grown by what the firewall keeps of its rules, at the least.
        expect(costs[1]?.memoryBytes).toBeGreaterThan(0);
      }),
    ));
});
