import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Run } from '../../model/run.ts';
import { writeSyntheticArchive } from '../../store/fixture.ts';
import { paperFigures } from './figures.ts';
import { gather } from './material.ts';
import { madeUpSource, type MadeUp } from './paper.fixture.ts';

const untestable = 'not testable on this testbed';
const full: readonly MadeUp[] = [{ dataplane: 'netvm', nfs: 2, frameSizeBytes: 1518, mpps: 'full' }];
const slow: readonly MadeUp[] = [{ dataplane: 'netvm', nfs: 2, frameSizeBytes: 1518, mpps: 0.5 }];

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-material-'));
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

async function write(id: string, cells: readonly MadeUp[], status: Run['status'] = 'complete') {
  const { run, facts, trials } = madeUpSource(cells);
  await writeSyntheticArchive(join(dir, id), { ...run, status }, facts, trials);
}

/** Verdicts by figure and claim, of what the directory has. */
async function judged(only: readonly string[] = paperFigures.map(({ id }) => id)) {
  const order = {
    ...{
      schema: 'reproduce/1' as const,
      startedAt: '2000-01-01T00:00:00.000Z',
      command: './netvm reproduce',
    },
    ...{ testbedFile: 'local', testbed: 'local', figures: [...only] },
  };
  const { figures, claims } = await gather(dir, order, () => ({ paper: 'p', claim: 'c', ours: 'o' }));
  return Object.fromEntries([
    ...figures.map(({ figure, judgement }) => [figure.id, judgement] as const),
    ...claims.map(({ claim, judgement }) => [claim.id, judgement] as const),
  ]);
}

test('from complete runs of all its figures a claim is reproduced, or not, and nothing is said of a part', async () => {
  await write('frame-size', slow);
  await write('chain-length', slow);
  const { 'ten-gbps': claim, 'chain-length': figure } = await judged();
  expect([claim?.verdict, figure?.verdict]).toEqual(['not reproduced', 'not reproduced']);
  expect(claim?.reason).not.toContain('rests on');
  expect(figure?.reason).not.toContain('complete');
});

test.each(['interrupted', 'running'] as const)(
  'a run that is %s shows what it shows, and no lack',
  async (status) => {
    await write('frame-size', slow);
    await write('chain-length', slow, status);
    const { 'ten-gbps': claim, 'chain-length': figure } = await judged();
    expect(figure).toMatchObject({ verdict: untestable, scope: null });
    expect(figure?.reason).toContain(
      'Its run is not complete: it has 1 cell so far. What is missing may show it.',
    );
    expect(claim).toMatchObject({ verdict: untestable, scope: null });
    expect(claim?.reason).toContain('the run of chain-length is not complete (it has 1 cell so far)');
  },
);

test('what such a run shows stays, with what it rests on', async () => {
  await write('frame-size', full);
  await write('chain-length', full, 'interrupted');
  const { 'ten-gbps': claim, 'chain-length': figure } = await judged();
  expect(figure?.verdict).toBe('reproduced');
  expect(figure?.reason).toMatch(/Its run is not complete: it has 1 cell so far\.$/);
  expect(claim?.verdict).toBe('reproduced');
  expect(claim?.reason).toContain('This rests on frame-size and chain-length alone: the run of chain-length');
});

test.each([
  ['was left out', ['frame-size']],
  ['has not begun', ['frame-size', 'chain-length']],
])('a claim of which a figure %s is not refuted by the other', async (_, only) => {
  await write('frame-size', slow);
  const claim = (await judged(only))['ten-gbps'];
  expect(claim).toMatchObject({ verdict: untestable, scope: null });
  expect(claim?.reason).toContain('This rests on frame-size alone: chain-length was not measured.');
});

test('nor is it unproved by that', async () => {
  await write('frame-size', full);
  const { 'ten-gbps': claim } = await judged(['frame-size']);
  expect(claim?.verdict).toBe('reproduced');
  expect(claim?.reason).toMatch(/This rests on frame-size alone: chain-length was not measured\.$/);
});
