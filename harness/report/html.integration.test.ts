/// <reference lib="dom" />
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CellResult, Run } from '../model/run.ts';
import { syntheticMethodsRun } from '../store/figures.fixture.ts';
import { syntheticRun, writeSyntheticArchive } from '../store/fixture.ts';
import { type Look, withPage } from './browser.ts';
import { writeReport } from './html.ts';
import { inspect } from './inspect.ts';
import { nastyRuns } from './nasty.fixture.ts';
import { decodePng } from './png.fixture.ts';

let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-look-'));
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

const looks = [
  { widthPixels: 1280, heightPixels: 900, colorScheme: 'light' },
  { widthPixels: 1280, heightPixels: 900, colorScheme: 'dark' },
  { widthPixels: 420, heightPixels: 900, colorScheme: 'light' },
  { widthPixels: 420, heightPixels: 900, colorScheme: 'dark' },
] as const satisfies readonly Look[];

const runs: Record<string, Run> = {
  whole: syntheticRun(),
  // Every end of a line has its longest label: a name and a figure.
  labelled: change((result) => ({
    ...result,
    verdict: 'valid',
    cell: { ...result.cell, method: 'mrr' },
    throughput: {
      pps: result.cell.dataplane === 'netvm' ? 14.88e6 : 0.888e6 * result.cell.nfs.length,
      gbps: 1,
      lowerPps: 0,
      upperPps: null,
    },
  })),
  // A note beside each ratio.
  moved: change((result) => ({
    ...result,
    coreRoundTripNs:
      result.cell.dataplane === 'netvm' ? { before: 55, after: 58 } : { before: 310, after: 305 },
  })),
  ...nastyRuns(),
};

describe.each(Object.entries(runs))('%s', (name, run) => {
  test('looks right on a desktop and a phone, in light and dark', async () => {
    await withPage(
      await report(name.replaceAll(' ', '-'), run),
      looks[0],
      async ({ page, complaints, requests }) => {
        await page.evaluate(() => {
          for (const folded of document.querySelectorAll('details')) folded.open = true;
        });
        for (const { widthPixels, heightPixels, colorScheme } of looks) {
          await page.setViewportSize({ width: widthPixels, height: heightPixels });
          await page.emulateMedia({ colorScheme });
          const seen = await page.evaluate(inspect);
          const where = `${widthPixels} wide, ${colorScheme}`;
          expect(seen.overflowPixels, `${where}: the page scrolls sideways`).toBe(0);
          expect(seen.overlaps, `${where}: texts of a chart write over each other`).toEqual([]);
          expect(seen.outside, `${where}: texts of a chart are cut off`).toEqual([]);
          expect(seen.charts.length, where).toBeGreaterThan(0);
          for (const chart of seen.charts) {
            expect(chart.marks, where).toBeGreaterThan(0);
            expect(chart.widthPixels).toBeGreaterThan(300);
            expect(chart.heightPixels).toBeGreaterThan(120);
          }
          expect(seen.faintest, `${where}: texts of charts`).toBeGreaterThanOrEqual(4.5);
          expect(seen.faintestMark, `${where}: marks of charts`).toBeGreaterThanOrEqual(3);
          expect(seen.faintestWords, `${where}: ${seen.faintWords}`).toBeGreaterThanOrEqual(4.5);
        }
        expect(complaints).toEqual([]);
        expect(requests).toEqual([]);
      },
    );
  });
});

test('each chart has a mark for each figure', async () => {
  const run = syntheticRun();
  await withPage(await report('marks', run), looks[0], async ({ page }) => {
    const seen = await page.evaluate(inspect);
    expect(seen.charts.map((chart) => chart.marks)).toEqual(expectedMarks(run));
  });
});

test('a screenshot of every chart has ink in it, at both widths and on both grounds', async () => {
  await withPage(await report('ink', syntheticMethodsRun()), looks[0], async ({ page }) => {
    for (const { widthPixels, heightPixels, colorScheme } of [looks[0], looks[3]]) {
      await page.setViewportSize({ width: widthPixels, height: heightPixels });
      await page.emulateMedia({ colorScheme });
      const figures = await page.locator('figure').all();
      expect(figures.length).toBeGreaterThan(8);
      for (const figure of figures) {
        const { pixels, width, height } = decodePng(await figure.locator('svg').screenshot());
        const light = pixels.filter((value, at) => at % 4 === 0 && value > 128).length / (width * height);
        const ground = colorScheme === 'light' ? light : 1 - light;
        expect(ground, 'most of a chart is its ground').toBeGreaterThan(0.75);
        expect(ground, 'but not all of it').toBeLessThan(0.999);
      }
    }
  });
});

test('tables, headings and pictures tell a screen reader what they are', async () => {
  await withPage(await report('reader', syntheticMethodsRun()), looks[0], async ({ page }) => {
    const wrong = await page.evaluate(() => {
      const all = (selector: string) => [...document.querySelectorAll(selector)];
      const levels = all('h1, h2, h3, h4').map((heading) => Number(heading.tagName.slice(1)));
      return {
        tables: all('table').filter((table) => table.querySelector('caption') === null).length,
        heads: all('th:not([scope])').length,
        skipped: levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1).length,
        marks: all('figure svg path[aria-label]').filter(
          (mark) =>
            mark.getAttribute('aria-label') === '' ||
            !/graphics-symbol|img/.test(mark.getAttribute('role') ?? ''),
        ).length,
        jumps: all('[tabindex]').filter((node) => Number(node.getAttribute('tabindex')) > 0).length,
        unlabelled: all('[role="region"]:not([aria-label])').length,
      };
    });
    expect(wrong).toEqual({ tables: 0, heads: 0, skipped: 0, marks: 0, jumps: 0, unlabelled: 0 });
    const reader = await page.context().newCDPSession(page);
    const { nodes } = await reader.send('Accessibility.getFullAXTree');
    const spoken = nodes.flatMap(({ ignored, name }) => (ignored ? [] : [String(name?.value ?? '')]));
    expect(spoken).toContain('Throughput, 64-byte frames');
    expect(
      spoken.some((text) => /^NetVM.*, 3 NFs \(forward → firewall → monitor\): 10\.02 Mpps/.test(text)),
    ).toBe(true);
  });
});

test('what is folded opens by the keyboard alone, in the order of the page', async () => {
  await withPage(await report('fold', syntheticRun()), looks[0], async ({ page }) => {
    const tops: number[] = [];
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab');
      const top = await page.evaluate(() => {
        const { activeElement } = document;
        return activeElement === null || activeElement === document.body
          ? null
          : activeElement.getBoundingClientRect().top + window.scrollY;
      });
      if (top === null) break;
      if (step > 0) tops.push(top);
    }
    expect(tops.length).toBeGreaterThan(3);
    expect(tops).toEqual(tops.toSorted((a, b) => a - b));
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.querySelector('details')?.open)).toBe(true);
  });
});

test('two runs side by side keep their labels apart', async () => {
  const [light] = looks;
  const files = [
    await report('first', syntheticRun()),
    await report('second', runs['all alike'] ?? syntheticRun()),
  ];
  const both = join(dir, 'both.html');
  await writeReport(
    files.map((file) => join(dirname(file), 'run')),
    both,
  );
  await withPage(both, light, async ({ page }) => {
    const seen = await page.evaluate(inspect);
    expect(seen.overlaps).toEqual([]);
    expect(seen.outside).toEqual([]);
    expect(seen.charts).toHaveLength(2 + 4 + 3);
  });
});

test('on paper the page is as wide as the paper, and dark themes stay on the screen', async () => {
  const [, dark] = looks;
  await withPage(await report('paper', syntheticRun()), { ...dark, widthPixels: 690 }, async ({ page }) => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const seen = await page.evaluate(inspect);
    expect(seen.overflowPixels).toBe(0);
    expect(seen.overlaps).toEqual([]);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      'rgb(255, 255, 255)',
    );
  });
});

test('the keyboard reaches the results, and every region and picture has a name', async () => {
  const [light] = looks;
  await withPage(await report('keyboard', syntheticRun()), light, async ({ page }) => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the results');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe('#results');
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('section, [role="region"], figure')]
        .filter(
          (node) =>
            !node.hasAttribute('aria-label') &&
            !document.getElementById(node.getAttribute('aria-labelledby') ?? ''),
        )
        .map((node) => node.outerHTML.slice(0, 80)),
    );
    expect(nameless).toEqual([]);
  });
});

test('a script that came in with an archive would not run', async () => {
  const [light] = looks;
  await withPage(await report('policy', syntheticRun()), light, async ({ page }) => {
    await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'document.title = "ran"';
      document.body.append(script);
    });
    expect(await page.title()).not.toBe('ran');
  });
});

async function report(name: string, run: Run): Promise<string> {
  const archive = await mkdtemp(join(dir, `${name}-`));
  await writeSyntheticArchive(join(archive, 'run'), run);
  await writeReport([join(archive, 'run')], join(archive, 'report.html'));
  return join(archive, 'report.html');
}

function change(of: (result: CellResult) => CellResult): Run {
  const run = syntheticRun();
  return { ...run, results: run.results.map(of) };
}

/** Throughput, ratio, latency: a mark a cell, a bar a pair with figures, four percentiles a cell and of the wire. */
function expectedMarks(run: Run): number[] {
  const sizes = [...new Set(run.results.map((result) => result.cell.frameSizeBytes))];
  const drawn = run.results.filter((r) => r.throughput !== null || r.figures === undefined);
  const of = (size: number): CellResult[] => drawn.filter((r) => r.cell.frameSizeBytes === size);
  // The points of the loss curves, which are in one chart.
  const curve = run.results.reduce(
    (sum, { figures }) => sum + (figures?.method === 'frame-loss' ? figures.points.length : 0),
    0,
  );
  return [
    ...sizes.map((size) => of(size).length),
    ...sizes.map(
      (size) => of(size).filter((r) => r.cell.dataplane === 'vhost-user' && r.throughput !== null).length,
    ),
    ...(curve > 0 ? [curve] : []),
    ...['10', '50', '90'].map(
      // One more: the wire alone.
      (load) => (run.results.filter((r) => r.latencyNs[load] !== undefined).length + 1) * 4,
    ),
  ];
}
