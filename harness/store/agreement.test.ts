import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { disagreements } from './agreement.ts';
import { readRun, readTrials } from './read.ts';
import { writeSoundArchive } from './sound.fixture.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-agreement-'));
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

test("a probe of the generator is no trial of a cell, though its cell may be one of the plan's", async () => {
  await writeSoundArchive(dir);
  const [run, trials] = [await readRun(dir), await readTrials(dir)];
  expect(await disagreements(dir, { run, trials })).toEqual([]);
  const [first] = trials;
  if (first === undefined) throw new Error('expected a trial');
  expect(await disagreements(dir, { run, trials: [...trials, { ...first, purpose: 'ceiling' }] })).toEqual(
    [],
  );
  const more = await disagreements(dir, { run, trials: [...trials, first] });
  expect(more[0]?.problem).toMatch(/it says \d+ trials, and trials\.jsonl has \d+/);
});
