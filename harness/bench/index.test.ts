import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres } from '../store/index/postgres.fixture.ts';
import type { IndexBench } from './index.ts';

const bench = resolve(import.meta.dirname, 'index.ts');
let base = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-bench-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

test('the benchmark runs, and stores what it prints', () => {
  const out = join(base, 'index.json');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [bench, '--runs', '10', '--json', '--out', out],
    {
      encoding: 'utf8',
    },
  );
  expect(status, stderr).toBe(0);
  const result = JSON.parse(stdout) as IndexBench;
  // 14 cells with a throughput series each, of which 7 have latencies at three loads.
  expect(result).toMatchObject({ runs: 10, series: 14 + 7 * 3, figures: 10 * (14 + 7 * 3) });
  expect(result.queries.map(({ series }) => series)).toEqual([1, 1, 14, 35]);
  expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(result);
});

test('it measures a PostgreSQL index by the same queries', async () => {
  const server = await startPostgres();
  try {
    const address = await server.newDatabase();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [bench, '--runs', '2', '--json', '--index', address],
      { encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runs: 2, series: 35, figures: 70 });
  } finally {
    await server.stop();
  }
});

test('a senseless number of runs is refused', () => {
  const { status, stderr } = spawnSync(process.execPath, [bench, '--runs', 'x'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'index: --runs: expected a whole number from 1 to 20000, got x\n',
  });
});
