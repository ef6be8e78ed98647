import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeNight } from '../store/nights.fixture.ts';

const main = resolve(import.meta.dirname, 'main.ts');
let base = '';
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'netvm-dashboard-'));
  for (let i = 0; i < 3; i++) await writeNight(join(base, 'results'), i);
  mkdirSync(join(base, 'results/not a run'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function dashboard(...args: string[]) {
  return spawnSync(process.execPath, [main, 'dashboard', ...args], { cwd: base, encoding: 'utf8' });
}

test('writes where it is told to, links from there, and names what it left out', () => {
  mkdirSync(join(base, 'public'));
  const { status, stdout, stderr } = dashboard('results', '--out', 'public/index.html');
  const file = join(base, 'public/index.html');
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: `${file}\n`,
    stderr: 'netvm: not a run: is not the directory of a run: it has no run.json\n',
  });
  const page = readFileSync(file, 'utf8');
  expect(page).toContain('<a href="./../results/2026-01-03T02-00-00-nightly/run.json">2026-01-03</a>');
  expect(page).toContain('<code>not a run</code>: is not the directory of a run');
  expect(page).toContain('35 not enough data');
});

test.each<[string, string[], string]>([
  ['a directory as the file', ['--out', 'results'], 'is a directory; name a file for the dashboard.'],
  ['a file in no directory', ['--out', 'none/d.html'], 'is not there; expected the directory of --out'],
  [
    'no such runs',
    ['none'],
    'none cannot be read (ENOENT); expected a directory of runs, as ./netvm run makes results/.',
  ],
  [
    'a link that is a script',
    ['--commit-url', 'javascript:alert("{after}")'],
    '--commit-url: expected a web address with {after} in it',
  ],
  ['a link without a commit', ['--commit-url', 'https://example.org/'], 'got "https://example.org/"'],
])('%s: exit 2, and what was expected', (_name, args, message) => {
  const { status, stdout, stderr } = dashboard(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
});
