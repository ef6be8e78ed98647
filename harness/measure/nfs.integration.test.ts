import { describe, expect, test } from 'vitest';
import { nfNames } from '../profile/plan.ts';
import { closedTrial } from './closed-trial.fixture.ts';
import { withBench } from './bench.ts';
import { cell } from './doubles.fixture.ts';
import { benchOptions, withRealTestbed } from './testbed.fixture.ts';

/** `forward` behind it: what the NF hands on is still a packet that others can work on. */
const cells = nfNames.flatMap((nf) =>
  (['netvm', 'vhost-user'] as const).map((dataplane) => ({ dataplane, nfs: [nf, 'forward'] })),
);

describe('packets go through every NF, none is dropped by a verdict, and the books close', () => {
  test.each(cells)('$nfs on $dataplane', async (chain) => {
    await withRealTestbed((env) =>
      withBench(cell(chain), benchOptions(env), async (bench) => {
        const { sent, received, drops, inFlight } = (await closedTrial(bench)).books;
        expect(received).toBeGreaterThan(0);
        expect(sent).toBe(received + Object.values(drops).reduce((sum, count) => sum + count, 0) + inFlight);
        const verdicts = Object.entries(drops).filter(([name]) => name.endsWith('.verdict'));
        expect(verdicts.filter(([, count]) => count > 0)).toEqual([]);
      }),
    );
  });
});
