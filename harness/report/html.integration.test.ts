/// <reference lib="dom" />
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CellResult, Run } from '../model/run.ts';
import { syntheticMethodsRun } from '../store/figures.fixture.ts';
import { syntheticRun, writeSyntheticArchive } from '../store/fixture.ts';
import { type Look, withPage } from './browser.ts';
import { writeReport } from './html.ts';
import { inspect } from './inspect.ts';

let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-look-'));
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

const looks: Look[] = [
  { widthPixels: 1280, heightPixels: 900, colorScheme: 'light' },
  { widthPixels: 1280, heightPixels: 900, colorScheme: 'dark' },
  { widthPixels: 420, heightPixels: 900, colorScheme: 'light' },
  { widthPixels: 420, heightPixels: 900, colorScheme: 'dark' },
];

const runs: Record<string, Run> = {
  whole: syntheticRun(),
  // Ends of lines that meet, values of one size, longest names: where labels would collide first.
  crowded: change((result) => ({
    ...result,
    throughput: result.throughput && { pps: 9e6, gbps: 6, lowerPps: 9e6, upperPps: 9.1e6 },
  })),
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
  // A section for each method, a curve, and names of data planes that carry the method's.
  methods: syntheticMethodsRun(),
  // A note beside each ratio.
  moved: change((result) => ({
    ...result,
    coreRoundTripNs:
      result.cell.dataplane === 'netvm' ? { before: 55, after: 58 } : { before: 310, after: 305 },
  })),
  apart: change((result) => ({
    ...result,
    throughput: result.throughput && scaled(result.throughput, result.cell.dataplane === 'netvm' ? 1 : 1e-3),
  })),
};

for (const [name, run] of Object.entries(runs)) {
  for (const look of looks) {
    test(`${name}, ${look.widthPixels} wide, ${look.colorScheme}`, async () => {
      await withPage(await report(name, run), look, async ({ page, complaints, requests }) => {
        expect(complaints).toEqual([]);
        expect(requests).toEqual([]);
        const seen = await page.evaluate(inspect);
        expect(seen.overflowPixels, 'the page scrolls sideways').toBe(0);
        expect(seen.overlaps, 'texts of a chart write over each other').toEqual([]);
        expect(seen.outside, 'texts of a chart are cut off').toEqual([]);
        expect(seen.charts.map((chart) => chart.marks)).toEqual(expectedMarks(run));
        for (const chart of seen.charts) {
          expect(chart.widthPixels).toBeGreaterThan(300);
          expect(chart.heightPixels).toBeGreaterThan(120);
        }
        expect(seen.faintest, 'contrast of the texts with the page').toBeGreaterThanOrEqual(4.5);
      });
    });
  }
}

test('two runs side by side keep their labels apart', async () => {
  const [light] = looks;
  if (light === undefined) throw new Error('no look');
  const files = [
    await report('first', syntheticRun()),
    await report('second', runs['crowded'] ?? syntheticRun()),
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
  if (dark === undefined) throw new Error('no look');
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
  if (light === undefined) throw new Error('no look');
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
  if (light === undefined) throw new Error('no look');
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

function scaled(throughput: NonNullable<CellResult['throughput']>, factor: number): CellResult['throughput'] {
  const pps = throughput.pps * factor;
  return { pps, gbps: throughput.gbps * factor, lowerPps: pps, upperPps: pps * 1.01 };
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
