import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { syntheticRun, writeSyntheticArchive } from '../store/fixture.ts';
import { makeReport } from './html.ts';
import { writePictures } from './pictures.ts';
import { decodePng } from './png.fixture.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-pictures-'));
  await writeSyntheticArchive(join(dir, 'run'), syntheticRun());
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

test('each chart is an SVG and a PNG of twice its size, named after what it shows', async () => {
  const { figures } = await makeReport([join(dir, 'run')], { cell: '64 B' });
  const files = await writePictures(figures, join(dir, 'pictures'));
  expect(files.map(({ svg }) => svg.slice(dir.length))).toEqual([
    '/pictures/throughput-64-b.svg',
    '/pictures/ratio-64-b.svg',
    ...[10, 50, 90].map((load) => `/pictures/latency-${load}-percent-64-b.svg`),
  ]);
  for (const { svg, png } of files) {
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(await readFile(svg, 'utf8')) ?? [];
    const picture = decodePng(await readFile(png));
    expect([picture.width, picture.height]).toEqual([Number(width) * 2, Number(height) * 2]);
  }
});

test('a place that is no directory is refused', async () => {
  await writeFile(join(dir, 'file'), '');
  await expect(writePictures([], join(dir, 'file'))).rejects.toMatchObject({ code: 2 });
});

test('--cell that fits none is refused with a name that would', async () => {
  await expect(makeReport([join(dir, 'run')], { cell: '9000 B' })).rejects.toThrow(
    /no cell has "9000 B" in its name; a cell is named "netvm process, 1 NFs: forward, 64 B, rfc2544"/,
  );
});
