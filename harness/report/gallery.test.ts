import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { verifyArchive } from '../store/verify.ts';
import { galleryFiles, galleryNames, galleryRun } from './gallery.ts';
import { decodePng, differingShare } from './png.fixture.ts';

const dir = join(import.meta.dirname, '../../reports/gallery');
const remedy = 'npm run -s gallery writes it anew';
let files: Map<string, string | Uint8Array>;

beforeAll(async () => {
  files = await galleryFiles(dir);
}, 120_000);

test('the gallery has what a report of its archive makes, and nothing else', async () => {
  expect((await galleryNames(dir)).sort(), remedy).toEqual([...files.keys()].sort());
});

test('page, summary and pictures are byte for byte what is made today', async () => {
  for (const [name, content] of files)
    if (typeof content === 'string')
      expect(await readFile(join(dir, name), 'utf8'), `${name}: ${remedy}`).toBe(content);
});

test('pictures in pixels are the same to the eye: a font may differ by a hair', async () => {
  const pictures = [...files].filter(([name]) => name.endsWith('.png'));
  expect(pictures.length).toBeGreaterThan(2);
  for (const [name, content] of pictures) {
    const kept = decodePng(await readFile(join(dir, name)));
    const made = decodePng(Buffer.from(content));
    expect(differingShare(kept, made), `${name}: ${remedy}`).toBeLessThan(0.002);
    expect(
      differingShare(kept, { ...made, pixels: made.pixels.map((value) => 255 - value) }),
    ).toBeGreaterThan(0.5);
  }
});

test('a PNG has its texts: without a font they would be missing', async () => {
  const name = [...files.keys()].find((one) => one.startsWith('throughput') && one.endsWith('.png')) ?? '';
  const { width, pixels } = decodePng(await readFile(join(dir, name)));
  // The title's band has ink in it.
  const band = pixels.subarray(width * 4 * 40, width * 4 * 90);
  const dark = band.filter((value, at) => at % 4 === 0 && value < 100).length;
  expect(dark).toBeGreaterThan(500);
});

test('its archive is whole, small, and does not tell whose machine it was', async () => {
  expect(await verifyArchive(join(dir, galleryRun))).toEqual([]);
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    bytes += (await stat(file)).size;
    if (!entry.name.endsWith('.png'))
      expect(await readFile(file, 'utf8'), entry.name).not.toMatch(/\/(?:root|home|tmp|work)\//);
  }
  expect(bytes).toBeLessThan(500_000);
  const facts = await readFile(join(dir, galleryRun, 'facts.json'), 'utf8');
  expect(facts).toContain('"host": "example"');
  expect(facts).toContain('"kernelCommandLine": "(left out)"');
});
