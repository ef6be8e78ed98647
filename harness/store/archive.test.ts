import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual, promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Cell } from '../model/run.ts';
import { syntheticRun, syntheticTrials, writeSyntheticArchive } from './fixture.ts';
import { createArchive, reopenArchive, readFacts, readRun, readTrials, verifyArchive } from './archive.ts';

let parent = '';
let dir = '';

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'netvm-archive-'));
  dir = join(parent, 'run');
});
afterEach(async () => rm(parent, { recursive: true, force: true }));

test('what was written is read back, and the sums are those that sha256sum checks', async () => {
  await writeSyntheticArchive(dir);
  expect(await readRun(dir)).toEqual(syntheticRun());
  expect(await readTrials(dir)).toEqual(syntheticTrials(syntheticRun()));
  expect(await readFacts(dir)).toHaveLength(1);
  expect(await verifyArchive(dir)).toEqual([]);
  await promisify(execFile)('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: dir });
});

test('a directory that holds a run is refused, an empty one is not', async () => {
  await mkdir(dir);
  await (await createArchive(dir)).finish();
  await expect(createArchive(dir)).rejects.toMatchObject({ name: 'UserError', code: 2 });
  await expect(createArchive(dir)).rejects.toThrow(/already holds a run/);
});

test('of two that race for a directory exactly one gets it', async () => {
  const settled = await Promise.allSettled([createArchive(dir), createArchive(dir)]);
  expect(settled.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
  for (const result of settled) if (result.status === 'fulfilled') await result.value.finish();
});

test('appends that were not waited for keep their order and their lines', async () => {
  const archive = await createArchive(dir);
  const [first] = syntheticTrials(syntheticRun());
  if (first === undefined) throw new Error('the fixture has no trial');
  const trials = Array.from({ length: 50 }, (_, index) => ({ ...first, intendedPps: index }));
  await Promise.all(trials.map((trial) => archive.appendTrial(trial)));
  await archive.finish();
  expect((await readTrials(dir)).map((trial) => trial.intendedPps)).toEqual(trials.map((t) => t.intendedPps));
});

test('nothing is written after the end', async () => {
  const archive = await createArchive(dir);
  await archive.finish();
  await expect(archive.saveRun(syntheticRun())).rejects.toThrow(/finished/);
});

test.each([['../up'], ['a/b'], [''], ['.hidden'], ['/abs']])(
  'a latency log cannot be named %j',
  async (name) => {
    const archive = await createArchive(dir);
    await expect(archive.writeLatency(name, '')).rejects.toThrow(/name/);
    await archive.finish();
  },
);

test('a latency log gets its path inside the archive', async () => {
  const archive = await createArchive(dir);
  expect(await archive.writeLatency('netvm-64-50', 'text')).toBe('latency/netvm-64-50.hlog');
  expect(await readFile(join(dir, 'latency/netvm-64-50.hlog'), 'utf8')).toBe('text');
  await archive.finish();
});

test('a harness killed while it writes leaves an archive that can be read', async () => {
  for (let kill = 0; kill < 3; kill++) {
    const target = join(parent, `killed-${kill}`);
    const writer = spawn(process.execPath, ['--input-type=module', '--eval', endlessWriter], {
      env: { ...process.env, TARGET: target },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await saved(writer, 5 + kill * 7);
    writer.kill('SIGKILL');
    await once(writer, 'exit');

    expect((await readRun(target)).results).toHaveLength(syntheticRun().results.length);
    // Five trials were on disk before each line that the writer printed.
    expect((await readTrials(target)).length).toBeGreaterThanOrEqual((5 + kill * 7) * 5);
    const problems = await verifyArchive(target);
    expect(problems[0]).toEqual({
      file: 'SHA256SUMS',
      problem: 'is missing: the run did not come to its end',
    });
    expect(problems.slice(1).every(({ problem }) => problem.includes('torn'))).toBe(true);
  }
});

test('a torn last line is told and left out', async () => {
  await writeSyntheticArchive(dir);
  await appendFile(join(dir, 'trials.jsonl'), '{"cell":{"dataplane":"net');
  const torn: string[] = [];
  const trials = await readTrials(dir, (problem) => torn.push(problem));
  expect(trials).toEqual(syntheticTrials(syntheticRun()));
  expect(torn).toEqual([expect.stringContaining(`line ${trials.length + 1} is torn`)]);
  expect((await verifyArchive(dir)).map((p) => p.file)).toEqual(['trials.jsonl', 'trials.jsonl']);
});

test('a run that is gone on with keeps the trials of its finished cells, and no torn line', async () => {
  const whole = syntheticRun();
  await writeSyntheticArchive(dir);
  await appendFile(join(dir, 'trials.jsonl'), '{"cell":{"dataplane":"net');
  const run = { ...whole, results: whole.results.slice(0, 2) };
  const archive = await reopenArchive(dir, run);
  await archive.writeProfile('schema: profile/1\n');
  const added = syntheticTrials(whole).slice(-1);
  for (const trial of added) await archive.appendTrial(trial);
  await archive.saveRun(run);
  await archive.finish();
  const of = (cells: readonly Cell[]) =>
    syntheticTrials(whole).filter(({ cell }) => cells.some((one) => isDeepStrictEqual(one, cell)));
  const kept = of(run.results.map(({ cell }) => cell)).filter(
    ({ purpose }) => !purpose.startsWith('wire') && purpose !== 'ceiling',
  );
  expect(kept.length).toBeGreaterThan(0);
  expect(await readTrials(dir)).toEqual([...kept, ...added]);
  expect((await verifyArchive(dir)).filter(({ file }) => !file.startsWith('latency/'))).toEqual([]);
});

test('a bad line in the middle is damage, named with its number', async () => {
  await writeSyntheticArchive(dir);
  const file = join(dir, 'trials.jsonl');
  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, lines.with(1, '{"cell":').join('\n'));
  await expect(readTrials(dir)).rejects.toThrow(`${file}:2 is truncated or not JSON`);
});

test('every kind of bad run.json is refused with the file and the reason', async () => {
  await writeSyntheticArchive(dir);
  const file = join(dir, 'run.json');
  const text = await readFile(file, 'utf8');

  await writeFile(file, text.replace('"netvm"', '"vhost-user"'));
  await expect(readRun(dir)).rejects.toThrow(`${file} was changed after the run`);
  expect(await verifyArchive(dir)).toEqual([
    { file: 'run.json', problem: expect.stringContaining('changed') },
  ]);

  await rm(join(dir, 'SHA256SUMS'));
  await writeFile(file, text.replace(/(?<="cell": {[^}]*)"frameSizeBytes": 64/, '"frameSizeBytes": "64"'));
  await expect(readRun(dir)).rejects.toThrow(/results\.0\.cell\.frameSizeBytes/);

  await writeFile(file, text);
  await truncate(file, 200);
  await expect(readRun(dir)).rejects.toThrow(`${file} is truncated or not JSON`);

  await writeFile(file, '{"benchmarks": []}');
  await expect(readRun(dir)).rejects.toThrow(`${file} is not a run of this harness`);

  await rm(file);
  await expect(readRun(dir)).rejects.toThrow(`${file} is missing`);
  await expect(readRun(dir)).rejects.toMatchObject({ code: 2 });
});

test('verify tells files that were added, changed or lost, and lets a report stand beside them', async () => {
  await writeSyntheticArchive(dir);
  await writeFile(join(dir, 'report.html'), '<p>');
  expect(await verifyArchive(dir)).toEqual([]);
  await writeFile(join(dir, 'latency/added.hlog'), 'x');
  await appendFile(join(dir, 'log.jsonl'), '{}\n');
  await rm(join(dir, 'latency/synthetic.hlog'));
  expect((await verifyArchive(dir)).map(({ file, problem }) => [file, problem.slice(0, 11)])).toEqual([
    ['latency/added.hlog', 'is not in S'],
    ['log.jsonl', 'was changed'],
    ['latency/synthetic.hlog', 'is missing'],
  ]);
});

test('a write that fails leaves the old file and no other', async () => {
  const archive = await createArchive(dir);
  await archive.saveRun(syntheticRun());
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  await expect(archive.saveRun({ ...syntheticRun(), profile: circular })).rejects.toThrow();
  expect(await readRun(dir)).toEqual(syntheticRun());
  expect(await readdir(dir)).not.toContainEqual(expect.stringContaining('.tmp'));
  await archive.finish();
});

test('a figure that is no number is refused before it is written', async () => {
  const archive = await createArchive(dir);
  const [trial] = syntheticTrials(syntheticRun());
  if (trial === undefined) throw new Error('the fixture has no trial');
  await expect(archive.appendTrial({ ...trial, offeredPps: NaN })).rejects.toThrow(/offeredPps/);
  await archive.appendTrial(trial);
  expect(await readTrials(dir)).toEqual([trial]);
  await archive.finish();
});

/** Saves without an end, and says after each save that it is on disk. */
const endlessWriter = `
  const { createArchive } = await import(${JSON.stringify(new URL('./archive.ts', import.meta.url).href)});
  const { syntheticRun, syntheticTrials } = await import(${JSON.stringify(new URL('./fixture.ts', import.meta.url).href)});
  const archive = await createArchive(process.env.TARGET);
  const run = { ...syntheticRun(), status: 'running', finishedAt: null };
  const trials = syntheticTrials(run).slice(0, 5);
  for (;;) {
    for (const trial of trials) await archive.appendTrial(trial);
    await archive.saveRun(run);
    console.log('saved');
  }
`;

async function saved(writer: ChildProcess, times: number): Promise<void> {
  let count = 0;
  for await (const chunk of writer.stdout ?? []) {
    count += String(chunk).split('saved').length - 1;
    if (count >= times) return;
  }
  throw new Error(`the writer ended after ${count} saves`);
}
