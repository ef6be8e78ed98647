import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { syntheticRun, writeSyntheticArchive } from '../store/fixture.ts';
import { gate } from './gate.ts';
import { testContext } from './stand-in.fixture.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-gate-runs-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function gateRuns(run: string, against: string, more: { strict?: true } = {}) {
  const context = testContext(base);
  const plain = { profile: '', testbed: '', floor: '5%', roundsMax: '', keepBuilds: '' };
  const code = gate(context, { ...plain, ...more, run: join(base, run), against: join(base, against) });
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
