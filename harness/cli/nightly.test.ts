import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startServer } from '../alert/server.fixture.ts';
import type { TestServer } from '../alert/server.fixture.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { CellResult } from '../model/run.ts';
import { syntheticRun } from '../store/fixture.ts';
import { writeNight } from '../store/nights.fixture.ts';
import { runNight } from './nightly.ts';
import type { NightlyCommand } from './nightly.ts';
import { createStandIns, testContext } from './stand-in.fixture.ts';
import type { StandIns } from './stand-in.fixture.ts';

/** Real archives, index, detection, commits, builds, reruns and an HTTP server; only what measures is a stand-in. */
let base = '';
let dir = '';
let repository: StandIns;
let server: TestServer;
let runs = 0;

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'netvm-night-'));
  dir = join(base, 'results');
  mkdirSync(dir);
  repository = createStandIns(join(base, 'repository'));
  server = await startServer();
  runs = 0;
});
afterEach(async () => {
  await server.close();
  rmSync(base, { recursive: true, force: true });
});

/** Stores the run of a night: what the stand-in of that commit would have measured. */
async function store(commit: string, rate: number, id?: string): Promise<void> {
  const [usual] = syntheticRun().results;
  if (usual === undefined) throw new Error('expected a result');
  const cell = {
    dataplane: 'netvm',
    isolation: 'process',
    nfs: ['forward'],
    frameSizeBytes: 64,
    method: 'mrr',
  } as const;
  const pps = rate * (1 + ((runs * 7) % 5) / 1000);
  const throughput = { pps, gbps: 1, lowerPps: pps, upperPps: null };
  const result: CellResult = { ...usual, cell, latencyNs: {}, throughput };
  const run = { results: [result], ...(id === undefined ? {} : { id }) };
  await writeNight(dir, runs++, { facts: { gitCommit: commit, gitDirty: false }, run });
}

function command(more: Partial<NightlyCommand> = {}): NightlyCommand {
  const config = join(base, 'alerts.yaml');
  writeFileSync(
    config,
    `schema: alerts/1\nchannels:\n  - {kind: webhook, url: "${server.url}/hook"}\n  - {kind: junit, file: junit.xml}\n`,
  );
  const profile = join(repository.root, 'profile.yaml');
  return { profile, testbed: 'local', dir, config, minChange: '3%', roundsMax: '12', ...more };
}

async function night(commit: string, rate: number, more: Partial<NightlyCommand> = {}) {
  const context = testContext(repository.root);
  const measure = (runId: string) => store(commit, rate, runId).then(() => 0);
  const newRunId = () => `night-${runs}`;
  const code = await runNight(context, command(more), { measure, newRunId });
  return { code, out: context.printed.join('\n') };
}

const told = () => server.seen.map(({ body }) => (JSON.parse(body) as { type: string }).type);

test('a slower commit: found in the series, confirmed by reruns of both commits, told once', async () => {
  const good = repository.rate(1e7);
  const bad = repository.rate(8e6);
  for (let i = 0; i < 8; i++) await store(good, 1e7);
  for (let i = 0; i < 3; i++) await store(bad, 8e6);
  const first = await night(bad, 8e6);
  expect(first.out).toMatch(
    /1 changes are in the series; 1 were rerun this night\.\nConfirmed regressions that are open: 1\n {2}[0-9a-f]{8} \(new\): Regression -(?:19|2\d)\.\d %/,
  );
  expect(first.code).toBe(1);
  const second = await night(bad, 8e6);
  expect(second).toMatchObject({ code: 1, out: expect.stringContaining('0 were rerun') as string });
  expect(told()).toEqual(['raised']);
  expect(readFileSync(join(base, 'junit.xml'), 'utf8')).toContain('failures="1"');
  expect(readFileSync(join(dir, 'dashboard.html'), 'utf8')).toContain('forward');
  // Reruns are no runs of the series, and leave no checkout behind but those that are kept.
  expect(readdirSync(join(dir, '.reruns'))).toHaveLength(1);
  expect(repository.git('worktree', 'list').split('\n')).toHaveLength(3);
  const back = repository.rate(1e7);
  for (let i = 0; i < 3; i++) await night(back, 1e7);
  expect(told()).toEqual(['raised', 'fixed']);
  expect((await night(back, 1e7)).code).toBe(0);
});

test('a slower machine: the reruns refute it, nobody is told', async () => {
  const good = repository.rate(1e7);
  const same = repository.rate(1e7, 'nothing that matters');
  for (let i = 0; i < 8; i++) await store(good, 1e7);
  for (let i = 0; i < 3; i++) await store(same, 8e6);
  expect(await night(same, 8e6)).toMatchObject({
    code: 0,
    out: expect.stringContaining('No confirmed regression is open') as string,
  });
  expect(await night(same, 8e6)).toMatchObject({ out: expect.stringContaining('0 were rerun') as string });
  expect(told()).toEqual([]);
});

test('what cannot be rerun is not told either', async () => {
  const good = repository.rate(1e7);
  const broken = repository.rate('broken');
  for (let i = 0; i < 8; i++) await store(good, 1e7);
  for (let i = 0; i < 3; i++) await store(broken, 8e6);
  expect((await night(broken, 8e6)).code).toBe(0);
  expect(told()).toEqual([]);
  expect(readFileSync(join(dir, 'alerts.jsonl'), 'utf8')).toContain('does not build');
});

test('what is wrong with what was asked for is said before anything starts', async () => {
  repository.rate(1e7);
  const refused = (more: Partial<NightlyCommand>) =>
    night('none', 1, more).then(
      () => null,
      (error: unknown) => (error instanceof UserError ? [error.code, error.message] : error),
    );
  expect(await refused({ minChange: '3' })).toEqual([
    exitCode.badInput,
    expect.stringContaining('--min-change'),
  ]);
  expect(await refused({ roundsMax: '1' })).toEqual([
    exitCode.badInput,
    expect.stringContaining('--rounds-max'),
  ]);
  expect(await refused({ config: join(base, 'none.yaml') })).toEqual([
    exitCode.badInput,
    expect.stringContaining('there is no such file'),
  ]);
  expect(await refused({ profile: 'none.yaml' })).toEqual([
    exitCode.badInput,
    expect.stringContaining('none.yaml'),
  ]);
  expect(existsSync(join(dir, 'nightly.json'))).toBe(false);
});
