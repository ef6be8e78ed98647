import { expect, test } from 'vitest';
import { syntheticMethodsRun } from './figures.fixture.ts';
import { syntheticFacts, syntheticRun, syntheticTrials } from './fixture.ts';
import { factsSchema, runSchema, trialSchema } from './schema.ts';

test('a run keeps every field through a file', () => {
  const run = syntheticRun();
  expect(runSchema.parse(JSON.parse(JSON.stringify(run)))).toEqual(run);
  const trials = syntheticTrials(run);
  expect(trials.map((trial) => trialSchema.parse(JSON.parse(JSON.stringify(trial))))).toEqual(trials);
  expect(factsSchema.parse(JSON.parse(JSON.stringify(syntheticFacts())))).toEqual(syntheticFacts());
});

test('what methods find besides a throughput goes through a file whole', () => {
  const run = syntheticMethodsRun();
  expect(runSchema.parse(JSON.parse(JSON.stringify(run)))).toEqual(run);
  const foreign = { ...run, results: run.results.map((r) => ({ ...r, figures: { method: 'guess' } })) };
  expect(runSchema.safeParse(foreign).success).toBe(false);
});

test('a run from before the distance of cores was measured is read, without one', () => {
  const run = structuredClone(syntheticRun());
  for (const part of [run.generator, ...run.results])
    delete (part as { coreRoundTripNs?: unknown }).coreRoundTripNs;
  const read = runSchema.parse(run);
  expect([read.generator?.coreRoundTripNs, read.results[0]?.coreRoundTripNs]).toEqual([null, null]);
});

test('a field of a later version does not stop an older reader', () => {
  expect(runSchema.parse({ ...syntheticRun(), later: 1 })).toEqual(syntheticRun());
});

test.each([
  ['/etc/passwd'],
  ['../outside.hlog'],
  ['latency/../../outside'],
  ['latency/..'],
  ['..'],
  ['a\\b'],
  [''],
])('a histogram outside of the archive is refused: %j', (hlog) => {
  const run = structuredClone(syntheticRun());
  const latency = run.results.find((result) => result.latencyNs['50'])?.latencyNs['50'];
  Object.assign(latency ?? {}, { hlog });
  expect(runSchema.safeParse(run).error?.issues[0]?.path.at(-1)).toBe('hlog');
});

test.each([['latency/a.hlog'], ['latency/a..b.hlog'], ['..a/b']])('a path inside passes: %j', (hlog) => {
  const run = structuredClone(syntheticRun());
  const latency = run.results.find((result) => result.latencyNs['50'])?.latencyNs['50'];
  Object.assign(latency ?? {}, { hlog });
  expect(runSchema.safeParse(run).success).toBe(true);
});
