import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { writeNight } from '../store/nights.fixture.ts';
import { startMsMax, startPostgres } from '../store/index/postgres.fixture.ts';
import type { TestPostgres } from '../store/index/postgres.fixture.ts';
import { testContext } from './context.fixture.ts';
import { dashboard } from './dashboard.ts';
import { storedSeries } from './stored-series.ts';
import { trend } from './trend.ts';

let server: TestPostgres;
let dir = '';
let index = '';
beforeAll(async () => {
  server = await startPostgres();
}, startMsMax);
afterAll(() => server.stop());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-lab-'));
  await mkdir(join(dir, 'mine'));
  await mkdir(join(dir, 'theirs'));
  index = await server.newDatabase();
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

const usual = { runs: '365', minChange: '2%' };
const one = { cell: 'netvm, forward, 64 B', metric: 'throughputPps' };

const nameOf = (address: string) => /test\d+/.exec(address)?.[0] ?? '';

interface Printed {
  readonly groups: readonly {
    readonly series: readonly { readonly runs: number; readonly last: object }[];
  }[];
}

async function trendOf(name: string | undefined, more = {}): Promise<Printed> {
  const context = testContext();
  await trend(context, name === undefined ? undefined : join(dir, name), {
    ...usual,
    ...one,
    index,
    json: true,
    ...more,
  });
  return JSON.parse(context.printed.join('')) as Printed;
}

test('./netvm trend --index shows the runs of all directories, and needs none of its own', async () => {
  await writeNight(join(dir, 'mine'), 0);
  await writeNight(join(dir, 'theirs'), 1);
  await writeNight(join(dir, 'theirs'), 2);
  expect((await trendOf('mine')).groups[0]?.series[0]?.runs).toBe(1);
  expect((await trendOf('theirs')).groups[0]?.series[0]?.runs).toBe(3);
  const before = process.cwd();
  process.chdir(dir);
  try {
    const all = await trendOf(undefined);
    expect(all.groups[0]?.series[0]?.runs).toBe(3);
    // Whose it is cannot be mistaken for a path here.
    expect(all.groups[0]?.series[0]?.last).toMatchObject({
      origin: expect.stringContaining('/theirs/2026-01-03'),
    });
  } finally {
    process.chdir(before);
  }
});

test('NETVM_INDEX is the same, and an option goes before it', async () => {
  await writeNight(join(dir, 'mine'), 0);
  const context = testContext();
  process.env['NETVM_INDEX'] = await server.newDatabase();
  try {
    await trend(context, join(dir, 'mine'), { ...usual, index });
    expect(server.sql(nameOf(index), 'SELECT COUNT(*) FROM runs')).toBe('1');
    await expect(
      trend(context, join(dir, 'mine'), { ...usual, index: 'postgresql://me:secret@host/db' }),
    ).rejects.toMatchObject({ code: 2 });
    await trend(context, join(dir, 'mine'), usual);
    expect(server.sql(nameOf(process.env['NETVM_INDEX']), 'SELECT COUNT(*) FROM runs')).toBe('1');
  } finally {
    delete process.env['NETVM_INDEX'];
  }
});

test('a page links its own runs, and no path of another machine', async () => {
  await writeNight(join(dir, 'theirs'), 1, { run: { testbed: 'theirs' } });
  await trendOf('theirs');
  await writeNight(join(dir, 'mine'), 0);
  const out = join(dir, 'page.html');
  await dashboard(testContext(), join(dir, 'mine'), { ...usual, index, out });
  const text = await readFile(out, 'utf8');
  const links = [...text.matchAll(/href="(\.\/[^"]*)"/g)].map((match) => match[1]);
  expect(new Set(links)).toEqual(new Set(['./mine/2026-01-01T02-00-00-nightly/run.json']));
  expect(text).toContain('2026-01-02');
});

test('a night judges what its own directory has measured, with the past that others share', async () => {
  await writeNight(join(dir, 'theirs'), 0);
  await writeNight(join(dir, 'mine'), 1);
  await writeNight(join(dir, 'theirs'), 2);
  await writeNight(join(dir, 'theirs'), 3, { run: { testbed: 'elsewhere' } });
  await trendOf('theirs');
  const series = await storedSeries(testContext(), join(dir, 'mine'), { index });
  expect(new Set(series.map(({ id }) => id.testbed))).toEqual(new Set(['local']));
  for (const { points } of series) {
    expect(points.map(({ startedAt }) => startedAt.slice(8, 10))).toEqual(['01', '02']);
  }
});
