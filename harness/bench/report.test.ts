import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchReport, type ReportBench } from './report.ts';

let dir = '';
let bench: ReportBench;
let page = '';

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-bench-report-'));
  bench = await benchReport(2000, dir, 40);
  page = readFileSync(join(dir, 'report.html'), 'utf8');
}, 120_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a page of 2,000 cells is smaller than 5 MB, and has every cell', () => {
  expect(bench.cells).toBe(2000);
  expect(bench.pageBytes).toBeLessThan(5e6);
  const cells = /<section class="cells"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  expect(cells.split('<th scope="row">').length - 1).toBe(2000);
});

test('cells are folded by their frames, and charts that are not drawn are said', () => {
  expect(page.match(/<summary>[^<]*-byte frames: 100 cells, \d+ of them valid<\/summary>/g)).toHaveLength(20);
  expect(page).toMatch(/12 more of these charts were not drawn: .*--cell TEXT/);
  expect(page).toContain('>All kinds of frames<');
  expect(bench.charts).toBeLessThan(40);
});

test('the bench says what was wrong with its option', () => {
  const script = resolve(import.meta.dirname, 'report.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, '--cells', 'many'], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toContain('--cells: expected a whole number from 1 to 10000, got many');
});
