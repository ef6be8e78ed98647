import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '../model/run.ts';
import { syntheticRun, writeSyntheticArchive } from '../store/fixture.ts';
import { makeReport } from './html.ts';
import { escapeMarkdown } from './markdown-text.ts';
import { markdownBytesMax, reportMarkdown } from './markdown.ts';
import { nastyRuns } from './nasty.fixture.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-markdown-'));
});
afterAll(async () => rm(dir, { recursive: true, force: true }));

test('headline, table, verdicts, readings, where it is from, and the command', async () => {
  const text = await summary('whole', syntheticRun());
  expect(text).toMatch(/^### NetVM carries 2\.4 to 4\.0 times what vhost-user does/);
  expect(text).toContain('| NetVM | 3 NFs | 64 B | 10.02 Mpps | 10.02 to 10.32 |');
  expect(text.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(2 + 14);
  expect(text).toMatch(/- vhost-user, 5 NFs, 1518 B is \*\*failed\*\*: The switch did not start/);
  expect(text).toMatch(/- \*\*Throughput, 64-byte frames\*\*: NetVM carries/);
  expect(text).toContain('- run synthetic-fixture, 2000-01-01 00:00, testbed local');
  expect(text).toContain('Made by <code>./netvm quickstart</code>');
});

test('a comment has room for it, whatever the run: cells that are left out are said', async () => {
  const run = syntheticRun();
  const many = Array.from({ length: 2000 }, (_, index) => run.results[index % run.results.length]);
  const results = many.flatMap((result) => (result === undefined ? [] : [result]));
  const text = await summary('many', { ...run, results });
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(markdownBytesMax);
  expect(text).toMatch(/\n\d+ more cells are in the report\./);
  expect(text).toContain('#### Where it is from');
});

test('a text out of an archive is no markup, no mention and no link', async () => {
  const hostile = nastyRuns()['hostile text'];
  if (hostile === undefined) throw new Error('no hostile run');
  const text = await summary('hostile', hostile);
  expect(text).not.toMatch(/<(?!\/?code>)/);
  expect(text).not.toContain('](javascript');
  expect(
    text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .every((line) => line.split(/(?<!\\)\|/).length === 10),
  ).toBe(true);
  expect(escapeMarkdown('@all #1 https://x.org www.x.org `a` **b** \u202e|')).toBe(
    '@&#8203;all #&#8203;1 https:&#8203;//x.org www&#8203;.x.org \\`a\\` \\*\\*b\\*\\*  \\|',
  );
});

async function summary(name: string, run: Run): Promise<string> {
  await writeSyntheticArchive(join(dir, name), run);
  return reportMarkdown(await makeReport([join(dir, name)]));
}
