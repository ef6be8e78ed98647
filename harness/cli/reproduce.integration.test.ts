import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import { verifyArchive } from '../store/archive.ts';

const main = join(resolve(import.meta.dirname, '../..'), 'harness/cli/main.ts');

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-reproduce-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function cli(...args: readonly string[]) {
  return spawnSync(process.execPath, [main, 'reproduce', ...args], { cwd: base, encoding: 'utf8' });
}

test('what would be measured is said before, with what this program lacks', () => {
  const { status, stdout, stderr } = cli('--dry-run', '--json', '--only', 'cpu-time', 'load-balancing');
  expect(status, stderr).toBe(0);
  const { figures, estimatedMs } = JSON.parse(stdout) as {
    figures: { id: string; cells: number; unmet: string | null }[];
    estimatedMs: number;
  };
  expect(figures.map(({ id, cells, unmet }) => [id, cells > 0, unmet === null])).toEqual([
    ['load-balancing', true, true],
    ['cpu-time', true, true],
  ]);
  expect(estimatedMs).toBeGreaterThan(0);
});

test.each<[readonly string[], RegExp]>([
  [['--only', 'cpu-tmie'], /--only cpu-tmie: expected one of .*did you mean "cpu-time"\?/],
  [['--out', '/'], /--out .*not empty/],
  [['--resume', '/nowhere'], /it has no reproduce\.json/],
  [['--resume', '/nowhere', '--only', 'latency'], /leave out --only/],
])('bad input is exit 2, and nothing starts: %j', (args, sentence) => {
  const { status, stdout, stderr } = cli(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(sentence);
});

test('what is damaged is said before anything is measured', () => {
  const order = {
    ...{ schema: 'reproduce/1', startedAt: '2000-01-01T00:00:00.000Z', command: './netvm reproduce' },
    ...{ testbedFile: 'local', testbed: 'local', figures: ['cpu-time'] },
  };
  writeFileSync(join(base, 'reproduce.json'), JSON.stringify(order));
  writeFileSync(join(base, 'steps.json'), '{"schema": "ste');
  const { status, stdout, stderr } = cli('--resume', '.');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/steps\.json is truncated.*: delete it, and --resume measures it again/);
  expect(stderr).not.toContain('    at ');
  expect(existsSync(join(base, 'cpu-time'))).toBe(false);
});

test('a figure from the first packet to the document, killed on the way and gone on with', async () => {
  const read = () => JSON.parse(readFileSync(join(base, 'out/cpu-time/run.json'), 'utf8')) as Run;
  const child = spawn(process.execPath, [main, 'reproduce', '--only', 'cpu-time', '--out', 'out'], {
    cwd: base,
    stdio: 'ignore',
  });
  await expect
    .poll(() => existsSync(join(base, 'out/cpu-time/run.json')) && read().results.length, {
      timeout: 60_000,
      interval: 50,
    })
    .toBeGreaterThan(0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const before = read().results.length;

  const { status, stdout, stderr } = cli('--resume', 'out', '--json');
  expect(status, stderr).toBe(0);
  const { figures, document } = JSON.parse(stdout) as {
    figures: { id: string; verdict: string; reason: string }[];
    document: string;
  };
  expect(figures.map(({ id, verdict }) => [id, verdict])).toEqual([
    ['cpu-time', 'not testable on this testbed'],
  ]);
  const run = read();
  expect(run.status).toBe('complete');
  expect(run.resumedAt).toHaveLength(1);
  expect(run.results.length).toBeGreaterThan(before);
  expect(await verifyArchive(join(base, 'out/cpu-time'))).toEqual([]);
  const steps = JSON.parse(readFileSync(join(base, 'out/steps.json'), 'utf8')) as {
    steps: { step: string }[];
  };
  expect(steps.steps.map(({ step }) => step)).toContain('ring hop, a packet');
  const page = readFileSync(document, 'utf8');
  expect(page).toContain('Steps that each packet takes');
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.usenix\.org|www\.w3\.org)/);
  expect(readFileSync(join(base, 'out/paper.md'), 'utf8')).toContain('## CPU time of a packet');

  // Again: there is nothing left to measure, and the document is made anew.
  rmSync(document);
  const again = cli('--resume', 'out');
  expect(again.status, again.stderr).toBe(0);
  expect(existsSync(document)).toBe(true);
  expect(again.stderr).not.toContain('figure 1 of');
});
