import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeNight } from '../nights.fixture.ts';
import { indexRuns, openSharedIndex, readSeries } from './index.ts';
import { look, one, writeNights } from './look.fixture.ts';
import { startMsMax, startPostgres } from './postgres.fixture.ts';
import type { TestPostgres } from './postgres.fixture.ts';

let server: TestPostgres;
let dir = '';
let address = '';
const [lab, other] = ['lab', 'other'];
beforeAll(async () => {
  server = await startPostgres();
}, startMsMax);
afterAll(() => server.stop());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-shared-'));
  await mkdir(join(dir, lab));
  await mkdir(join(dir, other));
  address = await server.newDatabase();
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

const lookAt = (name: string) => look(join(dir, name), one, address);
const database = () => /\/(\w+)\?/.exec(address)?.[1] ?? '';

describe('several directories in one index', () => {
  test('have their runs in one series, and each says where they are', async () => {
    await writeNight(join(dir, lab), 0);
    await writeNight(join(dir, other), 1);
    await lookAt(other);
    const { series, problems, update } = await lookAt(lab);
    expect({ problems, read: update.read }).toEqual({ problems: [], read: 1 });
    expect(series).toHaveLength(1);
    const [own, foreign] = series[0]?.points ?? [];
    expect(own).toMatchObject({ archive: '2026-01-01T02-00-00-nightly' });
    expect(own).not.toHaveProperty('origin');
    expect(foreign).toMatchObject({
      origin: `${hostname()}:${join(dir, other)}/2026-01-02T02-00-00-nightly`,
    });
    // A path below another directory would lead nowhere.
    expect(foreign).not.toHaveProperty('archive');
  });

  test('an update of one leaves the others alone, and tells its own problems only', async () => {
    await writeNights(join(dir, lab), 2);
    const [torn = ''] = await writeNights(join(dir, other), 3);
    await writeFile(join(torn, 'run.json'), '{');
    expect((await lookAt(other)).update.problems).toHaveLength(1);
    expect((await lookAt(lab)).update).toMatchObject({ read: 2, removed: 0, problems: [] });
    expect((await lookAt(other)).update).toMatchObject({ read: 0, unchanged: 3 });
  });

  test('a copy of a run counts once and is nothing wrong, until the other is gone', async () => {
    const [first = ''] = await writeNights(join(dir, lab), 1);
    await cp(first, join(dir, other, 'copy'), { recursive: true });
    await lookAt(lab);
    const { series, problems } = await lookAt(other);
    expect(problems).toEqual([]);
    expect(series[0]?.points.map((point) => point.archive)).toEqual(['copy']);
    await rm(join(dir, other, 'copy'), { recursive: true });
    expect((await lookAt(other)).series[0]?.points[0]?.origin).toContain(`${join(dir, lab)}/`);
  });

  test('a copy that was not finished is told, since it may be another run', async () => {
    const [first = ''] = await writeNights(join(dir, lab), 1);
    await cp(first, join(dir, other, 'copy'), { recursive: true });
    await rm(join(dir, other, 'copy/SHA256SUMS'));
    await lookAt(lab);
    const { series, problems } = await lookAt(other);
    expect(series[0]?.points).toHaveLength(1);
    expect(problems).toMatchObject([
      { file: 'copy', problem: expect.stringContaining('has the run 2026-01-01T02-00-00-nightly already') },
    ]);
  });

  test('two labs may give one name to two runs, and measure at once: both count', async () => {
    await writeNight(join(dir, lab), 0);
    // The second began 40 s after the first, and both take three minutes.
    const times = { startedAt: '2026-01-01T02:00:40.000Z', finishedAt: '2026-01-01T02:03:40.000Z' };
    await writeNight(join(dir, other), 0, { run: { id: '2026-01-01T02-00-00-nightly', ...times } });
    await lookAt(lab);
    const { series, problems } = await lookAt(other);
    expect(problems).toEqual([]);
    expect(series[0]?.points.map(({ runId }) => runId)).toEqual(Array(2).fill('2026-01-01T02-00-00-nightly'));
  });
});

describe('a server that cannot be used is told with the remedy', () => {
  test.each<[string, () => Promise<string> | string, number, RegExp]>([
    [
      'it is not there',
      () => 'postgresql://netvm@127.0.0.1:1/netvm',
      3,
      /^postgresql:\/\/netvm@127\.0\.0\.1:1\/netvm cannot be used as an index \(connect ECONNREFUSED .*\): check that the server runs/,
    ],
    [
      'no such database',
      () => server.address('none'),
      2,
      /database "none" does not exist\): make it \(createdb NAME\)/,
    ],
    [
      'no such role',
      () => server.address('postgres', 'nobody'),
      2,
      /role "nobody" does not exist\): name a role/,
    ],
    [
      'a role that may not',
      () => server.address('postgres', 'barred'),
      2,
      /pg_hba\.conf rejects .*\): name a role/,
    ],
    [
      'a role that may make no tables',
      () => server.address(database(), 'guest'),
      2,
      /permission denied for schema public\): let the role own the database/,
    ],
    [
      'an encoding that cannot hold every name',
      () => server.newDatabase("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"),
      2,
      /has the encoding LATIN1, which cannot hold every name; expected UTF8: make another database/,
    ],
    [
      'a database of another program',
      () => {
        server.sql(database(), 'CREATE TABLE precious (x integer)');
        return address;
      },
      2,
      /is a database of another program, no index of runs: give an empty one/,
    ],
    [
      'one with a table of our name',
      () => {
        server.sql(database(), 'CREATE TABLE meta (key integer)');
        return address;
      },
      2,
      /is a database of another program, no index of runs/,
    ],
  ])('%s', async (_name, make, code, message) => {
    const bad = await make();
    await expect(openSharedIndex(bad)).rejects.toMatchObject({ code });
    await expect(openSharedIndex(bad)).rejects.toThrow(message);
  });

  test('an index of another version is left to those that it is for', async () => {
    await writeNights(join(dir, lab), 1);
    await lookAt(lab);
    server.sql(database(), "UPDATE meta SET value = '3'");
    await expect(lookAt(lab)).rejects.toThrow(
      /is an index of version 3, and this harness has \d+: use the same/,
    );
    expect(server.sql(database(), 'SELECT COUNT(*) FROM runs')).toBe('1');
  });

  test('one that goes away while it is asked', async () => {
    const index = await openSharedIndex(address);
    server.sql(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database()}'`,
    );
    await expect(readSeries(index)).rejects.toMatchObject({ code: 3 });
    await index.close();
  });
});

test('a writer that died in mid-transaction is waited for, and leaves nothing behind', async () => {
  await writeNights(join(dir, lab), 1);
  const index = await openSharedIndex(address);
  const died = index.transaction(async (sql) => {
    await sql.insert('origins', [[99, 'm', 'h', 'd']]);
    server.sql(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database()}'`,
    );
    await sql.all('SELECT 1');
  });
  await expect(died).rejects.toMatchObject({ code: 3 });
  await index.close();
  expect((await lookAt(lab)).series[0]?.points).toHaveLength(1);
  expect(server.sql(database(), 'SELECT COUNT(*) FROM origins')).toBe('1');
});

describe('what others wrote into it is checked', () => {
  test.each<[string, string, RegExp]>([
    ['a path upwards', "UPDATE runs SET path = '../../etc'", /runs\.path: expected a path below a directory/],
    [
      'a commit that is an option',
      "UPDATE runs SET git_commit = '--upload-pack=x'",
      /git_commit: expected a commit/,
    ],
    ['a time that is none', "UPDATE runs SET started_at = 'yesterday'", /started_at: expected a time/],
    [
      'a cell that is none',
      `UPDATE series SET cell = '{"dataplane":"evil"}'`,
      /series\.cell: expected a cell/,
    ],
    ['a verdict', "UPDATE figures SET verdict = '<script>'", /verdict: expected one of valid, /],
    ['a figure', "UPDATE figures SET value = 'NaN'", /value: expected a number, got null/],
    ['facts', "UPDATE documents SET text = '[[1]]'", /documents\.text: expected facts or settings as JSON/],
    [
      'a text without end',
      "UPDATE runs SET id = repeat('x', 100000)",
      /id: expected a text of at most 4096 characters/,
    ],
  ])('%s', async (_name, edit, message) => {
    await writeNights(join(dir, lab), 1);
    const { index } = await indexRuns(join(dir, lab), { address });
    server.sql(database(), `ALTER TABLE runs DROP CONSTRAINT runs_origin_id_path_fkey; ${edit}`);
    if (edit.includes('path')) server.sql(database(), "UPDATE archives SET path = '../../etc'");
    await expect(readSeries(index, {}, join(dir, lab))).rejects.toThrow(message);
    await index.close();
  });
});

test('texts that only JavaScript can hold are no reason to fail', async () => {
  const [torn = ''] = await writeNights(join(dir, lab), 1);
  await writeFile(join(torn, 'run.json'), '{"a": \0\ud800}');
  await writeNight(join(dir, lab), 1, { run: { testbed: 'a\0b' } });
  expect((await lookAt(lab)).update.problems.map(({ problem }) => problem)).toEqual([
    expect.stringContaining('run.json is truncated or not JSON'),
    'run.json has a NUL character in testbed',
  ]);
});
