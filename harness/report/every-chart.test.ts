import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { syntheticMethodsRun } from '../store/figures.fixture.ts';
import { syntheticRun, writeSyntheticArchive } from '../store/fixture.ts';
import { syntheticIsolationsRun } from '../store/isolations.fixture.ts';
import { reportSpecs } from './charts/render.ts';
import { lacks } from './lacks.fixture.ts';
import { figureHtml, type Figure } from './figure.ts';
import { makeReport } from './html.ts';
import { figureSvg } from './standalone.ts';

let dir = '';
let figures: readonly Figure[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-every-'));
  const runs = {
    whole: syntheticRun(),
    methods: syntheticMethodsRun(),
    isolations: syntheticIsolationsRun(),
  };
  for (const [name, run] of Object.entries(runs)) await writeSyntheticArchive(join(dir, name), run);
  const reports = [
    await makeReport([join(dir, 'whole')]),
    await makeReport([join(dir, 'methods')]),
    await makeReport([join(dir, 'isolations')]),
    await makeReport([join(dir, 'whole'), join(dir, 'methods')]),
  ];
  figures = reports.flatMap((report) => report.figures);
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

describe.each([
  ['in the page', (figure: Figure) => figureHtml(figure).markup],
  ['as a picture by itself', figureSvg],
])('every chart %s', (_, draw) => {
  test('has its uncertainty, its provenance, units, a reading and the command that makes it again', () => {
    for (const figure of figures) expect(lacks(draw(figure), figure), figure.name).toEqual([]);
  });

  test('and this test would see it if one were missing', () => {
    const [figure] = figures;
    if (figure === undefined) throw new Error('no figure');
    const whole = draw(figure);
    const without = (text: string | RegExp) => lacks(whole.replaceAll(text, ''), figure);
    expect(without(/bounds_layer_\d_marks/g)).toEqual(['uncertainty']);
    expect(without('bars: bounds of the search')).toContain('uncertainty');
    expect(without('modelled · ')).toEqual(['provenance']);
    expect(without(/Mpps without loss<\/text>/g)).toEqual(['units']);
    expect(without('NetVM carries')).toContain('reading');
    expect(without(/\.\/netvm quickstart/g)).toEqual(['command']);
    expect(lacks(whole, { ...figure, reading: '' })).toEqual(['reading']);
  });
});

test('every spec that a report draws is among them', () => {
  const drawnBy = {
    repeats: ['mrr', 'back-to-back', 'recovery', 'reset'],
    'nf-cost': ['nf-start', 'nf-memory'],
  } as Record<string, string[]>;
  for (const spec of reportSpecs)
    for (const start of drawnBy[spec] ?? [spec])
      expect(
        figures.map(({ name }) => name).filter((name) => name.startsWith(start)),
        spec,
      ).not.toEqual([]);
});

test('names are unique within a report, and are names of files', async () => {
  const { figures: both } = await makeReport([join(dir, 'whole'), join(dir, 'whole')]);
  expect(new Set(both.map(({ name }) => name)).size).toBe(both.length);
  for (const { name } of both) expect(name).toMatch(/^[a-z0-9][a-z0-9.-]*$/);
});
