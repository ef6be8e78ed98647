/// <reference lib="dom" />
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSyntheticArchive } from '../../store/fixture.ts';
import { type Look, withPage } from '../browser.ts';
import { inspect } from '../inspect.ts';
import { paperPage } from './document.ts';
import { paperFigures } from './figures.ts';
import { paperMarkdown } from './markdown.ts';
import { gather, stepsFile, type PaperMaterial } from './material.ts';
import { madeUpSource, type MadeUp } from './paper.fixture.ts';

const hostile = '<img src=x onerror=alert(1)> | [a](javascript:b)';
const sizes = [64, 128, 256, 512, 1024, 1280, 1518];
const planes = ['netvm', 'vhost-user'];

/** For each figure what its run might have, with the widest labels and the most lines that it can have. */
const cells: Readonly<Record<string, readonly MadeUp[]>> = {
  'frame-size': sizes.flatMap((frameSizeBytes) => [
    ...planes.flatMap((dataplane) =>
      [1, 3].map((nfs) => ({
        dataplane,
        nfs,
        frameSizeBytes,
        mpps: frameSizeBytes < 512 ? 4 / nfs : ('full' as const),
      })),
    ),
    { dataplane: 'forwarder', nfs: 0, frameSizeBytes, mpps: 'full' as const },
  ]),
  'chain-length': [1, 2, 3, 4, 5, 7].flatMap((nfs) =>
    planes.flatMap((dataplane) =>
      [64, 1518].map((frameSizeBytes) => ({
        ...{ dataplane, nfs, frameSizeBytes, mpps: 10 / nfs / (frameSizeBytes / 64) },
        ...((nfs === 1 || nfs === 3) && { verdict: 'disturbed' as const, reason: hostile }),
      })),
    ),
  ),
  'sr-iov': [1, 2, 7].flatMap((nfs) => [
    { dataplane: 'netvm', nfs, mpps: 8 / nfs },
    { dataplane: 'sriov', nfs, mpps: 0.07 / nfs, provenance: 'emulated' as const },
  ]),
  'inter-nf': planes.flatMap((dataplane, plane) =>
    [64, 1518].flatMap((frameSizeBytes) =>
      [1, 3, 5].map((nfs) => ({
        dataplane,
        nfs,
        frameSizeBytes,
        mpps: 5,
        cycles: 150 + 40 * nfs * (1 + 9 * plane),
      })),
    ),
  ),
  'huge-pages': [4096, undefined, 2 ** 30].map((hugePageSizeBytes, i) => ({
    ...{ dataplane: 'netvm', nfs: 3, mpps: 5, cycles: 250 - 20 * i },
    ...(hugePageSizeBytes !== undefined && { hugePageSizeBytes }),
  })),
  latency: planes.flatMap((dataplane) =>
    [1, 3].map((nfs) => ({ dataplane, nfs, mpps: 5, latencyNs: 9000 * nfs })),
  ),
  'cpu-time': planes.flatMap((dataplane) =>
    [1, 3, 5].map((nfs) => ({ dataplane, nfs, mpps: 3, cycles: 333 * nfs })),
  ),
  isolation: [
    { dataplane: 'netvm', nfs: 1, mpps: 9, cycles: 200 },
    { dataplane: 'netvm', nfs: 1, mpps: 9, cycles: 90, isolation: 'inline' },
    { dataplane: 'forwarder', nfs: 0, mpps: 20, cycles: 70 },
  ],
};

let dir = '';
let material: PaperMaterial;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-paper-'));
  for (const [id, made] of Object.entries(cells)) {
    const { run, facts, trials } = madeUpSource(
      made,
      ['inter-nf', 'huge-pages', 'isolation'].includes(id) ? 0 : 10e9,
    );
    await writeSyntheticArchive(join(dir, id), run, facts, trials);
  }
  const step = (name: string, cycles: number) => ({
    ...{ step: name, cycles, ns: cycles / 2, cyclesMin: cycles * 0.8, cyclesMax: cycles * 1.5 },
  });
  const steps = [
    step('ring hop, a packet', 2.7),
    step('synthetic, 256 B of 256 KiB', 41),
    step('firewall, 10,000 rules', 820),
    step('switch by futex, once', 20368),
    step('round trip between cores', 1173),
  ];
  await writeFile(
    join(dir, stepsFile),
    JSON.stringify({ schema: 'steps/1', command: 'bench-steps', core: 1, tscGhz: 2, checksum: 1, steps }),
  );
  const order = {
    ...{
      schema: 'reproduce/1' as const,
      startedAt: '2000-01-01T00:00:00.000Z',
      command: './netvm reproduce',
    },
    ...{ testbedFile: 'local', testbed: 'local', figures: paperFigures.map(({ id }) => id) },
  };
  material = await gather(dir, order, () => ({ paper: hostile, claim: 'c', ours: 'o' }));
  await writeFile(join(dir, 'paper.html'), await paperPage(material));
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

const looks: Look[] = [
  { widthPixels: 1280, heightPixels: 900, colorScheme: 'light' },
  { widthPixels: 420, heightPixels: 900, colorScheme: 'dark' },
];

test.each(looks.map((look) => [look.widthPixels, look] as const))(
  'the document, %i wide, is whole and nothing overlaps',
  async (_, look) => {
    await withPage(join(dir, 'paper.html'), look, async ({ page, complaints, requests }) => {
      expect(complaints).toEqual([]);
      expect(requests).toEqual([]);
      const seen = await page.evaluate(inspect);
      expect(seen.overflowPixels, 'the page scrolls sideways').toBe(0);
      expect(seen.overlaps, 'texts of a chart write over each other').toEqual([]);
      expect(seen.outside, 'texts of a chart are cut off').toEqual([]);
      expect(seen.faintest, 'contrast of the texts with the page').toBeGreaterThanOrEqual(4.5);
      // Two chain lengths; two frame sizes; measured and emulated apart; two of cycles and one of hops; pages; two chains; cycles and two of steps; isolation.
      expect(seen.charts.map(({ marks }) => marks)).toEqual([
        21, 21, 12, 12, 3, 3, 6, 6, 4, 3, 4, 4, 6, 3, 2, 3,
      ]);
      expect(await page.locator('img').count()).toBe(0);
    });
  },
);

test('a place on an axis that has no valid point keeps its place', async () => {
  await withPage(join(dir, 'paper.html'), looks[0] as Look, async ({ page }) => {
    const lengths = page
      .locator('section[aria-labelledby="chain-length"] figure')
      .first()
      .locator('svg text');
    const placed = await lengths.evaluateAll((texts) =>
      texts
        .filter((text) => /^[1-7]$/.test(text.textContent))
        .map((text) => [text.getBoundingClientRect(), Number(text.textContent)] as const)
        .filter(([box], _, all) => box.top >= Math.max(...all.map(([other]) => other.top)) - 2)
        .toSorted(([a], [b]) => a.left - b.left)
        .map(([, length]) => length),
    );
    expect(placed).toEqual([1, 2, 3, 4, 5, 7]);
  });
});

test('each figure has its verdict, its published values or that none is known, and its command', async () => {
  await withPage(join(dir, 'paper.html'), looks[0] as Look, async ({ page }) => {
    for (const { figure, judgement, published } of material.figures) {
      const text = await page.locator(`section[aria-labelledby="${figure.id}"]`).innerText();
      expect(text).toContain(judgement.verdict);
      expect(text).toContain(`./netvm reproduce --only ${figure.id}`);
      if (published.length === 0) expect(text).toContain('no value is known to us');
      for (const { citation } of published) expect(text).toContain(citation);
    }
  });
  const verdicts = new Map(material.figures.map(({ figure, judgement }) => [figure.id, judgement.verdict]));
  expect(verdicts.get('frame-size')).toBe('reproduced');
  expect(verdicts.get('chain-length')).toBe('not reproduced');
  expect(verdicts.get('sr-iov')).toBe('not testable on this testbed');
  expect(verdicts.get('inter-nf')).toBe('not testable on this testbed');
  expect(verdicts.get('huge-pages')).toBe('reproduced');
  expect(verdicts.get('isolation')).toBe('not reproduced');
});

test('as Markdown it says the same, and what an archive says stays text', async () => {
  const text = paperMarkdown(material);
  for (const { figure, judgement } of material.figures) {
    expect(text).toContain(`## ${figure.title}`);
    expect(text).toContain(`**${judgement.verdict}**`);
  }
  expect(text).not.toMatch(/(?<!\\)<img/);
  expect(text).toContain('&#60;img src=x onerror=alert\\(1\\)&#62; \\| \\[a\\]');
  for (const line of text.split('\n').filter((one) => one.startsWith('| ')))
    expect([4, 9], line).toContain(line.replaceAll('\\|', '').split('|').length - 1);
  expect(await readFile(join(dir, 'paper.html'), 'utf8')).not.toContain('<img');
});
