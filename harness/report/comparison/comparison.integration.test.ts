/// <reference lib="dom" />
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeNight } from '../../store/nights.fixture.ts';
import { withPage } from '../browser.ts';
import { inspect } from '../inspect.ts';

const main = resolve(import.meta.dirname, '../../cli/main.ts');
let base = '';
const out = () => join(base, 'compare.html');
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'netvm-forest-'));
  const nights: string[] = [];
  for (let i = 0; i < 6; i++)
    nights.push(
      await writeNight(base, i, i < 3 ? {} : { level: 0.8, run: { testbed: '<script>alert(1)</script>' } }),
    );
  const args = ['compare', '--a', ...nights.slice(0, 3), '--b', ...nights.slice(3), '--out', out()];
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

test('the page holds nothing of an archive as markup', () => {
  const text = readFileSync(out(), 'utf8');
  expect(text).not.toContain('<script');
  expect(text).toContain('Rates, B over A: more is better');
});

test.each([
  { widthPixels: 1280, heightPixels: 900, colorScheme: 'light' as const },
  { widthPixels: 420, heightPixels: 900, colorScheme: 'dark' as const },
])('the forest plots can be read, $widthPixels wide, $colorScheme', async (look) => {
  await withPage(out(), look, async ({ page, complaints, requests }) => {
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    const seen = await page.evaluate(inspect);
    expect(seen.overflowPixels, 'the page scrolls sideways').toBe(0);
    expect(seen.overlaps, 'texts of a chart write over each other').toEqual([]);
    expect(seen.outside, 'texts of a chart are cut off').toEqual([]);
    expect(seen.charts).toHaveLength(2);
    for (const { marks } of seen.charts) expect(marks).toBeGreaterThan(3);
    expect(seen.faintest, 'contrast of the texts with the page').toBeGreaterThanOrEqual(4.5);
  });
});
