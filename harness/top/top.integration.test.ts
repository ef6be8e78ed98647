import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { withBench } from '../measure/bench.ts';
import { cell } from '../measure/doubles.fixture.ts';
import { benchOptions, withRealTestbed } from '../measure/testbed.fixture.ts';
import { runTrial } from '../measure/trial.ts';
import { watchPrograms } from './sample.ts';
import { topView } from './view.ts';

const never = new AbortController().signal;

test('what a real run does while it does it: every program, rates, drops by name, rings', async () => {
  const load = { frameSizeBytes: 64, pps: 1e6, durationMs: 1_500, flows: 64, stampEvery: 64 };
  await withRealTestbed((env) =>
    withBench(cell({ nfs: ['forward', 'firewall'] }), benchOptions(env), async (bench) => {
      const watch = watchPrograms(dirname(env.runDir));
      try {
        const trial = runTrial(bench, { ...load, lineRateBps: 10e9, drainMs: 100 }, 'search', never);
        const received = () => bench.deviceTelemetry[0]?.read().get('rx.packets') ?? 0n;
        await expect.poll(received).toBeGreaterThan(100_000n);
        // The first look begins the NFs' own counts.
        await watch.sample();
        const from = received();
        await expect.poll(received).toBeGreaterThan(from + 100_000n);
        const sample = await watch.sample();
        await trial;
        const names = sample.programs.map(({ program, slot }) => `${program} ${slot ?? '-'}`).sort();
        expect(names).toEqual(['netvm-gen -', 'netvmd -', 'nf-firewall 1', 'nf-forward 0']);
        for (const program of sample.programs) {
          expect(program).toMatchObject({ runId: 'test', fault: null });
          if (program.program === 'netvm-gen') expect(program.rxPps).toBeNull();
          else expect(program.rxPps).toBeGreaterThan(0);
          expect(program.cpuRatio).toBeGreaterThanOrEqual(0);
        }
        const nfs = sample.programs.filter(({ slot }) => slot !== null);
        expect(nfs.map(({ ringEntries }) => ringEntries)).toEqual([4096, 4096]);
        expect(nfs.every(({ ringDepth }) => ringDepth !== null && ringDepth <= 4096)).toBe(true);
        expect(sample.chains).toMatchObject([{ runId: 'test', chain: 'default', state: 'up', weight: 1 }]);
        const [chain] = sample.chains;
        expect(chain?.hops).toHaveLength(2);
        expect(chain?.enteredPps).toBeGreaterThan(0);
        expect(chain?.leftPps).toBeGreaterThan(0);
        expect(topView(sample)).toMatch(
          /^[\d:]{8} UTC {2}test\nprogram [\s\S]*\nnetvm-gen [\s\S]*\nnetvmd [\s\S]*\nnf-forward \(slot 0\)[\s\S]*\ndefault /,
        );
      } finally {
        watch.close();
      }
    }),
  );
});
