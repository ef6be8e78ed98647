/// <reference lib="dom" />
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CellResult } from '../../model/run.ts';
import { syntheticNight, writeNight } from '../../store/nights.fixture.ts';
import { type Look, withPage } from '../browser.ts';
import { inspect } from '../inspect.ts';

const main = resolve(import.meta.dirname, '../../cli/main.ts');
const nights = 12;
/** With three latencies each: 1,000 series of NetVM, and eight more of the forwarder. */
const chains = 125;
let base = '';
let file = '';

/** 12 nights of 1,008 series, of which a chain of three NFs lost 8 % in the seventh. One name in them is hostile. */
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'netvm-dashboard-'));
  for (let i = 0; i < nights; i++) {
    const usual = syntheticNight(i).results.filter(({ cell }) => cell.frameSizeBytes === 64);
    const [first] = usual.filter(({ cell }) => cell.dataplane === 'netvm' && cell.nfs.length === 1);
    const forwarder = usual.find(({ cell }) => cell.dataplane === 'forwarder');
    if (first === undefined || forwarder === undefined) throw new Error('the fixture has no such cell');
    const results = [64, 128].flatMap((frameSizeBytes) => [
      { ...forwarder, cell: { ...forwarder.cell, frameSizeBytes } },
      ...Array.from({ length: chains }, (_, n) => chainOf(first, n, frameSizeBytes, i)),
    ]);
    const path = await writeNight(join(base, 'results'), i, { run: { results } });
    if (i === nights - 1)
      await writeFile(join(path, 'report.html'), '<!doctype html><title>A report</title>');
  }
  const made = spawnSync(
    process.execPath,
    [main, 'dashboard', '--commit-url', 'https://example.org/c/{before}...{after}'],
    {
      cwd: base,
      encoding: 'utf8',
    },
  );
  file = join(base, 'results/dashboard.html');
  expect(made, made.stderr).toMatchObject({ status: 0, stdout: `${file}\n` });
});
afterAll(async () => rm(base, { recursive: true, force: true }));

function chainOf(first: CellResult, n: number, frameSizeBytes: number, night: number): CellResult {
  const name = n === 7 ? '<img src=x onerror="document.title=1">' : `nf${n}`;
  const isLower = n === 3 && frameSizeBytes === 64 && night >= 6;
  const { throughput } = first;
  return {
    ...first,
    cell: { ...first.cell, nfs: ['forward', name], frameSizeBytes },
    throughput: throughput && { ...throughput, pps: throughput.pps * (isLower ? 0.92 : 1) },
  };
}

const looks: Look[] = [
  { widthPixels: 1280, heightPixels: 900, colorScheme: 'light' },
  { widthPixels: 420, heightPixels: 900, colorScheme: 'dark' },
];

test('1,000 series are below 5 MB', async () => {
  expect((await stat(file)).size).toBeLessThan(5e6);
});

for (const look of looks) {
  test(`1,000 series, ${look.widthPixels} wide, ${look.colorScheme}: seen, filtered and sorted`, async () => {
    await withPage(file, look, async ({ page, complaints, requests }) => {
      expect(await page.title()).toBe('1 of 1008 series has regressed.');
      expect((await page.evaluate(inspect)).overflowPixels, 'the page scrolls sideways').toBe(0);
      const rows = page.locator('tbody tr:visible');
      expect(await rows.count()).toBe(1008);
      // What needs a look comes first.
      const regressed = rows.first();
      expect(await regressed.locator('th').innerText()).toContain('netvm, forward > nf3, 64 B, rfc2544');
      expect(await regressed.locator('td.state').innerText()).toMatch(
        /^regressed\s+since 2026-01-07, 0606060606\.\.0707070707$/,
      );

      await page.getByLabel('Filter').fill('NF3, 64 throughput');
      expect(await rows.count()).toBe(1);
      expect(await page.getByRole('status').innerText()).toBe('1 of 1008 series');
      await page.getByLabel('Filter').fill('nothing like it');
      expect(await rows.count()).toBe(0);
      expect(await page.locator('section.series:visible').count()).toBe(0);
      await page.getByLabel('Filter').fill('');
      await page.getByLabel('State').selectOption('regressed');
      expect(await rows.count()).toBe(1);
      await page.getByLabel('State').selectOption('');
      expect(await rows.count()).toBe(1008);

      const cells = page.getByRole('button', { name: 'Cell and figure' });
      await cells.focus();
      await page.keyboard.press('Enter');
      expect(await page.locator('thead th').first().getAttribute('aria-sort')).toBe('ascending');
      expect(await rows.first().locator('th').innerText()).toContain('forwarder, no NF, 64 B');
      await page.keyboard.press('Enter');
      expect(await rows.first().locator('th').innerText()).toContain('netvm, forward > nf124, 128 B');
      expect((await page.evaluate(inspect)).overflowPixels, 'the page scrolls sideways').toBe(0);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([]);
    });
  });
}

test('without JavaScript it is a plain table, with no controls that do nothing', async () => {
  await withPage(file, { ...looks[0], javaScript: false } as Look, async ({ page }) => {
    expect(await page.locator('tbody tr:visible').count()).toBe(1008);
    expect(await page.locator('form:visible, th button').count()).toBe(0);
  });
});

test('links lead to the newest run, to its report where there is one, and to the commits', async () => {
  const text = await readFile(file, 'utf8');
  const hrefs = [...text.matchAll(/href="([^"#]+)"/g)].map(([, href = '']) => href);
  expect([...new Set(hrefs)].sort()).toEqual([
    './2026-01-12T02-00-00-nightly/report.html',
    `https://example.org/c/${'06'.repeat(20)}...${'07'.repeat(20)}`,
  ]);
  expect(
    existsSync(fileURLToPath(new URL(hrefs.find((href) => href.startsWith('./')) ?? '', `file://${file}`))),
  ).toBe(true);
});

test('a hostile name is text, and no script runs but the own one', async () => {
  const [light] = looks;
  if (light === undefined) throw new Error('no look');
  await withPage(file, light, async ({ page }) => {
    await page.getByLabel('Filter').fill('onerror');
    expect(await page.locator('tbody tr:visible').first().innerText()).toContain(
      '<img src=x onerror="document.title=1">',
    );
    expect(await page.locator('img').count()).toBe(0);
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "ran"';
      document.body.append(script);
    });
    expect(await page.title()).toBe('1 of 1008 series has regressed.');
  });
});

test('every region, picture and field has a name, and the keyboard reaches the results first', async () => {
  const [light] = looks;
  if (light === undefined) throw new Error('no look');
  await withPage(file, light, async ({ page }) => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the results');
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('section, [role="region"], svg, input, select')]
        .filter(
          (node) =>
            !node.hasAttribute('aria-label') &&
            !node.closest('label') &&
            !document.getElementById(node.getAttribute('aria-labelledby') ?? ''),
        )
        .map((node) => node.outerHTML.slice(0, 80)),
    );
    expect(nameless).toEqual([]);
  });
});
