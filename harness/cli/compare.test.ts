import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { comparisonSchema } from '../store/compare-schema.ts';
import { syntheticRun, writeSyntheticArchive } from '../store/fixture.ts';
import { writeNight } from '../store/nights.fixture.ts';

const main = resolve(import.meta.dirname, 'main.ts');
let base = '';
const nights: string[] = [];
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'netvm-compare-'));
  for (let i = 0; i < 6; i++) nights.push(await writeNight(base, i, i < 3 ? {} : { level: 0.8 }));
  await writeSyntheticArchive(join(base, 'plain'));
  const run = syntheticRun();
  const renamed = run.results.map((result) => ({ ...result, cell: { ...result.cell, nfs: ['other'] } }));
  await writeSyntheticArchive(join(base, 'others'), { ...run, id: 'others', results: renamed.slice(0, 1) });
  const foreign = {
    ...run,
    id: 'foreign',
    testbed: '<b>[x](javascript:1)\u001b[31m',
    results: run.results.slice(0, 3),
  };
  await writeSyntheticArchive(join(base, 'foreign'), foreign);
  const [first, ...rest] = run.results;
  if (first === undefined) throw new Error('expected a result');
  const emulated = [{ ...first, provenance: 'emulated' as const }, ...rest];
  for (const id of ['emulated', 'emulated-too'])
    await writeSyntheticArchive(join(base, id), { ...run, id, results: emulated });
  await writeSyntheticArchive(join(base, 'twice'), { ...run, id: 'twice', results: [...run.results, first] });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function compare(...args: string[]) {
  return spawnSync(process.execPath, [main, 'compare', ...args], { cwd: base, encoding: 'utf8' });
}

test('two sets of runs: what differs, as a table, as JSON of the published shape, and as Markdown', () => {
  const sides = ['--a', ...nights.slice(0, 3), '--b', ...nights.slice(3)];
  const { status, stdout, stderr } = compare(...sides, '--json', '--out', 'comment.md');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const found = comparisonSchema.parse(JSON.parse(stdout));
  expect(found.verdict).toBe('different');
  const compared = found.figures.filter(({ verdict }) => verdict !== 'not-compared');
  expect(compared.length).toBeGreaterThan(10);
  expect(compared.every(({ verdict }) => verdict === 'different')).toBe(true);
  const markdown = readFileSync(join(base, 'comment.md'), 'utf8');
  expect(markdown).toContain('| cell | A | B | B / A |');
  expect(markdown).toContain('worse');
  const text = compare(...sides).stdout;
  expect(text).toMatch(/ 0\.(79|80)\d /);
  expect(text).toContain('Intervals rest on 3 and 3 runs.');
});

test('two runs alike: no difference that this data can show, exit 0', () => {
  const { status, stdout } = compare(nights[0] ?? '', nights[1] ?? '');
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /\nNo difference that this data can show, in \d+ figures; the smallest it could have shown/,
  );
});

test('what is emulated says so in the table, in Markdown and on the page', () => {
  const { status, stdout } = compare('emulated', 'emulated-too', '--out', 'emulated.md', '--json');
  expect(status).toBe(0);
  const { figures } = comparisonSchema.parse(JSON.parse(stdout));
  const count = figures.filter(({ a }) => a.provenances.includes('emulated')).length;
  expect(count).toBeGreaterThan(0);
  const rows = readFileSync(join(base, 'emulated.md'), 'utf8').match(/^\| [^|]*\\\(emulated\\\) \|/gm);
  expect(rows).toHaveLength(count);
  const table = compare('emulated', 'emulated-too').stdout;
  expect(table.match(/^.*\(emulated\) .* (?:no difference|not compared)/gm)).toHaveLength(count);
  expect(table).toContain('Emulated: Measured on a device emulated in software');
  expect(compare('emulated', 'emulated-too', '--out', 'emulated.html').status).toBe(0);
  const page = readFileSync(join(base, 'emulated.html'), 'utf8');
  expect(page).toContain('Latencies, emulated, B over A');
  expect(page).toContain('(emulated)</th>');
  expect(compare('plain', 'foreign').stdout).not.toContain('mulated');
});

test('a cell that a run measured twice is named', () => {
  const { status, stdout } = compare('plain', 'twice');
  expect(status).toBe(0);
  expect(stdout).toContain('Measured twice in a run of B, so not counted in it: ');
});

test('texts out of an archive steer nothing', () => {
  const { status, stdout } = compare('foreign', 'plain', '--out', 'foreign.md');
  expect(status).toBe(0);
  expect(stdout).not.toContain('\u001b');
  const markdown = readFileSync(join(base, 'foreign.md'), 'utf8');
  expect(markdown).not.toContain('<b>');
  expect(markdown).not.toContain('[x](');
});

test.each<[string, string[], string]>([
  ['one run', ['plain'], 'compare: expected two runs, as in ./netvm compare A B, or two sets of them'],
  ['a run with itself', ['plain', 'plain'], 'plain and plain are the same run, synthetic-fixture'],
  ['no common cell', ['plain', 'others'], 'no cell that plain has'],
  ['no run', ['plain', 'none'], 'is missing'],
  [
    'another kind of file',
    ['plain', 'foreign', '--out', 'x.txt'],
    'expected a file that ends in .md or .html',
  ],
  ['no confidence', ['plain', 'foreign', '--confidence', '30%'], '--confidence: expected 50% to 99.9%'],
  [
    'no such directory',
    ['plain', 'foreign', '--out', 'none/x.md'],
    'expected a file in a directory that is there',
  ],
])('%s: exit 2, and what was expected', (_name, args, message) => {
  const { status, stdout, stderr } = compare(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
});
