import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { syntheticRun, writeSyntheticArchive } from '../store/fixture.ts';
import { gate } from './gate.ts';
import type { GateOptions } from './gate.ts';
import { testContext } from './stand-in.fixture.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-gate-runs-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function gateRuns(run: string, against: string | undefined, more: Partial<GateOptions> = {}) {
  const context = testContext(base);
  const usual = { profile: '', testbed: '', floor: '5%', roundsMax: '', keepBuilds: '' };
  const code = gate(context, {
    ...usual,
    ...more,
    run: join(base, run),
    ...(against === undefined ? {} : { against: join(base, against) }),
  });
  return { code, context };
}

test('two archives of searches cannot tell: exit 0, with --strict 1; nothing is measured', async () => {
  await writeSyntheticArchive(join(base, 'a'));
  await writeSyntheticArchive(join(base, 'b'));
  const { code, context } = gateRuns('b', 'a');
  expect(await code).toBe(0);
  expect(context.printed.join('\n')).toContain('one figure of each run is too little');
  expect(context.printed.join('\n')).toMatch(/\nUndecided: [\s\S]*$/);
  expect(await gateRuns('b', 'a', { strict: true }).code).toBe(1);
});

test('runs of other testbeds, other measurements or no common cell are refused', async () => {
  const run = syntheticRun();
  const [first, ...others] = run.results;
  await writeSyntheticArchive(join(base, 'a'), { ...run, results: first ? [first] : [] });
  await writeSyntheticArchive(join(base, 'elsewhere'), { ...run, testbed: 'lab' });
  await writeSyntheticArchive(join(base, 'slower-wire'), { ...run, profile: { lineRateBps: 1e9 } });
  await writeSyntheticArchive(join(base, 'others'), { ...run, results: others });
  const refused = (name: string, message: string) =>
    expect(gateRuns(name, 'a').code).rejects.toMatchObject({
      code: 2,
      message: expect.stringContaining(message) as string,
    });
  await refused('elsewhere', 'testbed local -> lab');
  await refused('slower-wire', 'lineRateBps 10000000000 -> 1000000000');
  await refused('others', 'has no cell that');
  await refused('missing', 'is not the directory of a run');
});

test('options that say what to measure are refused, not ignored', async () => {
  for (const more of [{ cell: '64 B' }, { out: 'somewhere' }])
    await expect(gateRuns('b', 'a', more).code).rejects.toMatchObject({
      code: 2,
      message: expect.stringContaining('nothing is measured; leave it out') as string,
    });
});

test('a run is cleared or suspected by the last level of its series, and never red by itself', async () => {
  const run = syntheticRun();
  const [result] = run.results;
  if (!result?.throughput) throw new Error('expected a throughput');
  const { throughput } = result;
  for (let i = 0; i < 14; i++) {
    // Half as fast at first: that level is over. The last but one is as the ones before, the last is not.
    const level = i < 5 ? 0.5 : i === 13 ? 0.8 : 1;
    const pps = throughput.pps * level * (1 + 0.005 * Math.sin(7 * i));
    const startedAt = new Date(Date.UTC(2026, 0, 1 + i)).toISOString();
    const finishedAt = new Date(Date.UTC(2026, 0, 1 + i, 1)).toISOString();
    const results = [{ ...result, latencyNs: {}, throughput: { ...throughput, pps } }];
    await writeSyntheticArchive(join(base, 'runs', String(i)), {
      ...run,
      id: `run-${i}`,
      startedAt,
      finishedAt,
      elapsedMs: 3600_000,
      results,
    });
  }
  const history = join(base, 'runs');
  const cleared = gateRuns('runs/12', undefined, { history });
  expect(await cleared.code).toBe(0);
  expect(cleared.context.printed.join('\n')).toContain('Passed: no cell is worse by more than 5 %.');
  const suspected = gateRuns('runs/13', undefined, { history });
  expect(await suspected.code).toBe(0);
  expect(suspected.context.printed.join('\n')).toContain('suspected of a regression beyond the floor');
  expect(suspected.context.printed.join('\n')).toContain('against 8 runs on the last level');
  expect(await gateRuns('runs/13', undefined, { history, strict: true }).code).toBe(1);
  const early = gateRuns('runs/3', undefined, { history });
  expect(await early.code).toBe(0);
  expect(early.context.printed.join('\n')).toContain('not enough data: 3 of 6 runs are on the last level');
  const moved = {
    id: 'moved',
    startedAt: '2026-02-01T00:00:00.000Z',
    finishedAt: '2026-01-31T00:00:00.000Z',
  };
  await writeSyntheticArchive(join(base, 'runs/moved'), { ...run, ...moved });
  await expect(gateRuns('runs/moved', undefined, { history }).code).rejects.toMatchObject({
    code: 2,
    message: expect.stringContaining('the clock ran backwards') as string,
  });
  await writeSyntheticArchive(join(base, 'elsewhere'), { ...run, id: 'elsewhere' });
  await expect(gateRuns('elsewhere', undefined, { history }).code).rejects.toMatchObject({ code: 2 });
  await expect(gateRuns('elsewhere', undefined).code).rejects.toMatchObject({ code: 2 });
});
