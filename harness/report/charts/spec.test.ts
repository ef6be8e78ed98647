import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { type ChartInput, renderChart, restartIds } from './render.ts';
import { specsDir } from './spec.ts';

const made: string[] = [];
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-specs-'));
  made.push(dir);
  await cp(specsDir, dir, { recursive: true, filter: (file) => !file.includes('gallery') });
});
afterAll(async () => Promise.all(made.map((one) => rm(one, { recursive: true, force: true }))));

const input: ChartInput = {
  title: 'Frame loss',
  provenance: 'modelled',
  shows: '% lost',
  uncertainty: 'bars: gaps',
  description: 'Frame loss',
  datasets: {
    points: [100, 50].map((load) => ({
      ...{ load, loss: load / 4, lossWithGaps: load / 3, series: 'NetVM', style: 'netvm' },
      ...{ line: 'solid', fill: 'filled', state: 'valid', label: `${load} %` },
    })),
  },
  params: {},
};

test('an edited spec changes the picture, and no code has to', async () => {
  await restartIds();
  const before = await renderChart('frame-loss', input, dir);
  await edit('"frames lost, %"', '"share of frames lost, %"');
  await edit('#0b62c4', '#00756a');
  const after = await renderChart('frame-loss', input, dir);
  expect(before.svg).toContain('>frames lost, %<');
  expect(before.svg).toContain('#0b62c4');
  expect(after.svg).toContain('>share of frames lost, %<');
  expect(after.svg).not.toContain('#0b62c4');
});

test.each([
  ['no JSON', (text: string) => text.slice(0, -20), /frame-loss\.vl\.json .* not JSON: /],
  ['a list', () => '[]', /frame-loss\.vl\.json .* no object; expected a vega-lite spec/],
  [
    'a misspelt field',
    (text: string) => text.replace('"field": "load"', '"field": "laod"'),
    /frame-loss\.vl\.json .*encoding\.x\.field: there is no field "laod"; did you mean "load"\?/,
  ],
  [
    "a misspelt field of a layer's own",
    (text: string) => text.replace('"field": "lossWithGaps"', '"field": "lossWithGap"'),
    /layer\.\d\.encoding\.y2\.field: there is no field "lossWithGap"; did you mean "lossWithGaps"\?/,
  ],
  [
    'data that nobody provides',
    (text: string) => text.replace('"name": "points"', '"name": "pionts"'),
    /there is no data "pionts"; did you mean "points"\?/,
  ],
  [
    'data that is fetched',
    (text: string) => text.replace(/\{\s*"name": "points"\s*\}/, '{ "url": "https://example.org/x.json" }'),
    /layer\.0\.data\.url: a chart fetches nothing/,
  ],
  [
    'a mark that there is none of',
    (text: string) => text.replace('"type": "line"', '"type": "lines"'),
    /frame-loss\.vl\.json does not make a chart: /,
  ],
  [
    'params that are no list',
    (text: string) => text.replace('"encoding"', '"params": {"a": 1}, "encoding"'),
    /"params" are no list/,
  ],
  [
    'a filter that is no expression',
    (text: string) => text.replace("datum.state === 'valid'", 'datum.state ==='),
    /frame-loss\.vl\.json does not make a chart: /,
  ],
])('%s is refused with the file and the reason', async (_, change, message) => {
  const file = join(dir, 'frame-loss.vl.json');
  const text = await readFile(file, 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(file, changed);
  await expect(renderChart('frame-loss', input, dir)).rejects.toThrow(message);
  await expect(renderChart('frame-loss', input, dir)).rejects.toMatchObject({ code: 2 });
});

test('a spec that was removed is named', async () => {
  await rm(join(dir, 'soak.vl.json'));
  await expect(renderChart('soak', input, dir)).rejects.toThrow(
    /soak\.vl\.json .* cannot be read \(ENOENT\)/,
  );
});

async function edit(from: string, to: string): Promise<void> {
  const file = join(dir, 'frame-loss.vl.json');
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replaceAll(from, to));
}
