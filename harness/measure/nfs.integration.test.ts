import { describe, expect, test } from 'vitest';
import { nfNames } from '../profile/plan.ts';
import { withBench, type Bench } from './bench.ts';
import { cell } from './doubles.fixture.ts';
import { benchOptions, withRealTestbed } from './testbed.fixture.ts';
import { runTrial } from './trial.ts';
import type { TrialRecord } from '../model/run.ts';

const never = new AbortController().signal;
/** A load that any of them carries, even on a busy machine. */
const easy = {
  frameSizeBytes: 64,
  pps: 50_000,
  durationMs: 200,
  flows: 64,
  stampEvery: 1,
  lineRateBps: 10e9,
  drainMs: 100,
};

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

/** The machine may take a core away for the whole of a drain: then the packets are still on their way, and it is tried again. */
async function closedTrial(bench: Bench): Promise<TrialRecord> {
  for (let i = 0; ; i++) {
    const { record } = await runTrial(bench, easy, 'search', never);
    if (record.verdict !== 'unbalanced' || i === 4) return record;
  }
}
