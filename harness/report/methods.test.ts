import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrameLossFigures, MethodFigures } from '../model/figures.ts';
import type { CellResult, Run } from '../model/run.ts';
import { syntheticFigures, syntheticMethodsRun } from '../store/figures.fixture.ts';
import { writeSyntheticArchive } from '../store/fixture.ts';
import { figureText, losslessPercent } from './figures.ts';
import { writeReport } from './html.ts';

let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-methods-'));
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

const only = (method: MethodFigures['method']): Run => {
  const run = syntheticMethodsRun();
  return { ...run, results: run.results.filter((result) => result.figures?.method === method) };
};

async function report(name: string, run: Run): Promise<string> {
  await writeSyntheticArchive(join(dir, name), run);
  await writeReport([join(dir, name)], join(dir, `${name}.html`));
  return (await readFile(join(dir, `${name}.html`), 'utf8')).replace(/\s+/g, ' ');
}

const sections = {
  mrr: 'Maximum receive rate',
  'back-to-back': 'Back-to-back frames',
  'frame-loss': 'Frame loss by load',
  soak: 'Soak',
  recovery: 'System recovery',
  reset: 'Reset',
  scaling: 'Scaling',
} as const;

describe('a report with every method', () => {
  test('each has a section, with its source, its figures and a sentence', async () => {
    const page = await report('all', syntheticMethodsRun());
    for (const [method, title] of Object.entries(sections)) {
      const section = new RegExp(`<section aria-labelledby="${method}">.*?</section>`).exec(page)?.[0] ?? '';
      expect(section, method).toContain(`>${title}</h2>`);
      expect(section).toContain('RFC 0000 section 0');
    }
    for (const sentence of [
      'NetVM · mrr, 3 NFs, 64 B: 9.10 Mpps come back on average, give or take 2.00 %.',
      'bursts of 18,200 frames pass, so it buffers for 523 µs.',
      '12 packets were lost in 60 s; with 95.00 % confidence the loss ratio is below 6.5e-6 %.',
      '130 µs after the load was reduced the last packet was lost.',
      'killing nf0-forward interrupts forwarding for 45 ms.',
      'nf0-forward with 1, 2, 1 and 1 instances at 1.00 Mpps: 7 packets of 8,000,000 were lost, 7 of them while a core was taken away, none came twice; ' +
        'a step takes 12 ms (12 ms to 12 ms); before scale-in nf0-forward.1 takes',
      "NetVM · frame-loss loses nothing up to 60 % of the wire's rate, and 34.00 % of what was sent at 100 %",
    ])
      expect(page.replaceAll('&#39;', "'"), sentence).toContain(sentence);
  });

  test('the curve has a mark a load; what is not valid is crossed', async () => {
    const page = await report('curve', only('frame-loss'));
    const [chart = ''] = [...page.matchAll(/<svg focusable.*?<\/svg>/g)].map(([svg]) => svg);
    expect(chart.match(/<path aria-label=/g)).toHaveLength(2 * 6);
    expect(chart).toMatch(/90 % of the wire, 13\.39 Mpps offered: 26\.67 % lost; disturbed</);
    expect(chart).toContain('>modelled · ');
  });
});

test('delay variation stands beside the latencies, with what was tagged too little', async () => {
  const run = syntheticMethodsRun();
  const results = run.results.filter((result) => result.cell.method === 'rfc2544');
  const tooFew = 'Only 12 packets were tagged.';
  const few = results.map((result): CellResult => {
    const latency = result.latencyNs['10'];
    return latency ? { ...result, latencyNs: { 10: latency, 0: { ...latency, tooFew } } } : result;
  });
  const page = await report('variation', { ...run, results: few });
  expect(page).toContain('RFC 8219 section 7.2');
  expect(page).toContain('>0 (unloaded)<');
  expect(page).toContain(`<small>${tooFew}</small>`);
  expect(page).toMatch(/At 10 % load through 3 NFs, 999 of 1,000 packets arrive within \d+ µs with NetVM/);
  const older = few.map((result) => ({ ...result, latencyNs: {} }));
  expect(await report('older', { ...run, results: older })).not.toContain('Delay variation');
});

test('a curve is no throughput: its cells are missing in no throughput chart', async () => {
  const page = await report('no-rate', only('frame-loss'));
  expect(page).not.toContain('Throughput by chain length');
  expect(page).not.toContain('no figure');
});

test.each([
  ['back-to-back', /<h1[^>]*>NetVM: bursts of 18,200 frames, buffer 523 µs; vhost-user: bursts/],
  ['frame-loss', /<h1[^>]*>NetVM: no loss up to 60 % of the wire, 34\.00 % lost at 100 %;/],
  ['soak', /<h1[^>]*>NetVM: 12 of 300,000,000 lost in 60 s;/],
  ['recovery', /<h1[^>]*>NetVM: recovers in 130 µs;/],
  ['reset', /<h1[^>]*>NetVM: interrupted for 45 ms;/],
  ['scaling', /<h1[^>]*>NetVM: 7 of 8,000,000 lost in 2 steps of 12 ms;/],
] as const)('the first heading of %s is what it found', async (method, heading) => {
  expect(await report(`headline-${method}`, only(method))).toMatch(heading);
});

test('where no cell is valid nothing is claimed', async () => {
  const run = only('reset');
  const results = run.results.map((result): CellResult => ({ ...result, verdict: 'failed', reason: 'why' }));
  const page = await report('bad', { ...run, results });
  expect(page).toMatch(/<h1[^>]*>No cell of this report is valid/);
  expect(page).toContain('No cell of it is valid.');
});

describe('a figure in a few words', () => {
  const of = <N extends MethodFigures['method']>(method: N) =>
    syntheticFigures().find((figures) => figures.method === method) as Extract<
      MethodFigures,
      { readonly method: N }
    >;

  test('says what no loss and no bound mean', () => {
    expect(figureText({ ...of('back-to-back'), buffer: null })).toBe('bursts of 1,488,095 frames and more');
    const calm = { ...of('recovery'), summary: { count: 1, mean: 0, min: 0, max: 0, stdev: 0 } };
    expect(figureText(calm)).toBe('no loss after the overload');
    expect(figureText(of('mrr'))).toBe('mean of 2: 8.92 to 9.28 Mpps');
  });

  test('of a curve: from where on nothing is lost, if anywhere', () => {
    const curve: FrameLossFigures = of('frame-loss');
    const with_ = (lossOutsideGapsRatio: number) => ({
      ...curve,
      points: curve.points.map((point) => ({ ...point, lossOutsideGapsRatio })),
    });
    expect(losslessPercent(curve)).toBe(60);
    expect(losslessPercent(with_(0))).toBe(100);
    expect(losslessPercent(with_(0.1))).toBeNull();
    expect(figureText(with_(0.1))).toBe('loss at every load, 10.00 % lost at 100 %');
    expect(figureText(with_(0))).toBe('no loss up to 100 % of the wire');
    expect(figureText({ ...curve, points: [] })).toBe('loss at every load');
  });
});
