import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CellResult } from '../../model/run.ts';
import { writeNight } from '../nights.fixture.ts';
import { differencesBetween, indexFile, indexRuns, openIndex, readSeries, updateIndex } from './index.ts';
import type { SeriesFilter } from './index.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-index-'));
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

/** One cell's throughput: NetVM, one NF, 64 bytes. */
const one: SeriesFilter = { cell: 'netvm, forward, 64 B', metric: 'throughputPps' };

/** Brings the index up to date, reads from it and closes it. */
async function look(filter: SeriesFilter = one) {
  const { index, update } = await indexRuns(dir);
  try {
    return { update, ...readSeries(index, filter) };
  } finally {
    index.close();
  }
}

async function nights(count: number): Promise<string[]> {
  const paths: string[] = [];
  for (let i = 0; i < count; i++) paths.push(await writeNight(dir, i));
  return paths;
}

describe('series out of archives', () => {
  test('a series has a point a run, in the order of time, with commit, control and archive', async () => {
    await nights(3);
    const { series, problems, update } = await look();
    expect({ problems, update }).toEqual({
      problems: [],
      update: { read: 3, unchanged: 0, removed: 0, problems: [] },
    });
    expect(series).toHaveLength(1);
    expect(series[0]?.id).toMatchObject({
      testbed: 'local',
      cell: { dataplane: 'netvm', nfs: ['forward'], frameSizeBytes: 64 },
      metric: { name: 'throughputPps', unit: 'pps', better: 'higher' },
    });
    expect(series[0]?.id.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(series[0]?.points.map(({ startedAt, commit }) => [startedAt, commit?.slice(-2)])).toEqual([
      ['2026-01-01T02:00:00.000Z', '01'],
      ['2026-01-02T02:00:00.000Z', '02'],
      ['2026-01-03T02:00:00.000Z', '03'],
    ]);
    for (const point of series[0]?.points ?? []) {
      expect(point).toMatchObject({ verdict: 'valid', archive: point.runId });
      expect(point.value).toBeGreaterThan(10e6);
      expect(point.control).toBeGreaterThan(19e6);
      expect(point).not.toHaveProperty('isDirty');
    }
  });

  test('a cell that failed or was disturbed is a gap in all of its series, with its verdict', async () => {
    await writeNight(dir, 0);
    const failed = (result: CellResult): CellResult => ({
      ...result,
      verdict: 'failed',
      reason: 'synthetic',
      throughput: null,
      latencyNs: {},
    });
    // The profile says which latencies there should have been.
    const latency = { loadsPercent: [50], frameSizesBytes: [64], durationMs: 500, stampEvery: 64 };
    const profile = { lineRateBps: 10e9, latency };
    await writeNight(dir, 1, { change: failed, run: { profile } });
    await writeNight(dir, 2, { change: (result) => ({ ...result, verdict: 'disturbed' }), run: { profile } });
    const { series } = await look({ cell: one.cell ?? '' });
    const gaps = series.filter(({ points }) => points.some((point) => point.value === null));
    expect(gaps.map(({ id, points }) => [id.metric.name, points.map((p) => [p.value, p.verdict])])).toEqual(
      expect.arrayContaining([
        [
          'latencyP99At50PercentNs',
          [
            [null, 'failed'],
            [null, 'disturbed'],
          ],
        ],
        [
          'throughputPps',
          [
            [expect.any(Number), 'valid'],
            [null, 'failed'],
            [null, 'disturbed'],
          ],
        ],
      ]),
    );
  });

  test('another fingerprint begins another series, and what differs is known', async () => {
    for (let i = 0; i < 4; i++)
      await writeNight(dir, i, { facts: { kernel: i < 2 ? '6.1.0-32' : '6.1.0-35' } });
    const { index } = await indexRuns(dir);
    const { series } = readSeries(index, one);
    expect(series.map(({ points }) => points.map((point) => point.startedAt.slice(0, 10)))).toEqual([
      ['2026-01-01', '2026-01-02'],
      ['2026-01-03', '2026-01-04'],
    ]);
    const [before, after] = series.map(({ id }) => id.fingerprint);
    expect(differencesBetween(index, before ?? '', after ?? '')).toEqual(['kernel 6.1.0-32 -> 6.1.0-35']);
    index.close();
  });

  test('other settings or another provenance begin another series, and what differs is known', async () => {
    const profile = (lineRateBps: number, extra = {}) => ({
      name: 'n',
      lineRateBps,
      method: { trialDurationMs: 250 },
      ...extra,
    });
    await writeNight(dir, 0, { run: { profile: profile(10e9) } });
    await writeNight(dir, 1, { run: { profile: profile(0) } });
    await writeNight(dir, 2, { run: { profile: profile(10e9, { name: 'other', chains: [] }) } });
    await writeNight(dir, 3, {
      run: { profile: profile(10e9) },
      change: (r) => ({ ...r, provenance: 'measured' }),
    });
    const { index } = await indexRuns(dir);
    const { series } = readSeries(index, one);
    expect(series.map(({ points }) => points.map((point) => Number(point.startedAt.slice(8, 10))))).toEqual([
      [1, 3],
      [2],
      [4],
    ]);
    const [usual, unpaced, physical] = series.map(({ id }) => id.settings ?? '');
    expect(differencesBetween(index, usual ?? '', unpaced ?? '')).toEqual(['wire bit/s 10000000000 -> 0']);
    expect(differencesBetween(index, usual ?? '', physical ?? '')).toEqual([
      'provenance modelled -> measured',
    ]);
    index.close();
  });

  test('the newest runs only, where so many are asked for', async () => {
    await nights(4);
    const { series } = await look({ ...one, runsMax: 2 });
    expect(series[0]?.points.map((point) => point.startedAt.slice(8, 10))).toEqual(['03', '04']);
  });

  test('a dirty checkout is said, and what is no commit is none', async () => {
    await writeNight(dir, 0, { facts: { gitDirty: true } });
    await writeNight(dir, 1, { facts: { gitCommit: '--upload-pack=evil' } });
    const points = (await look()).series[0]?.points;
    expect(points).toMatchObject([{ isDirty: true, commit: '01'.repeat(20) }, { commit: null }]);
  });
});

describe('an update reads what is new or has changed', () => {
  test('and nothing else', async () => {
    await nights(2);
    await look();
    await writeNight(dir, 2);
    expect((await look()).update).toMatchObject({ read: 1, unchanged: 2 });
    expect((await look()).update).toMatchObject({ read: 0, unchanged: 3 });
  });

  test('what was taken away is gone, also from the series', async () => {
    const [first = ''] = await nights(3);
    await look();
    await rm(first, { recursive: true });
    const { update, series } = await look();
    expect(update).toMatchObject({ read: 0, removed: 1 });
    expect(series[0]?.points).toHaveLength(2);
  });

  test('a run that goes on is read again', async () => {
    const [first = ''] = await nights(1);
    await rename(join(first, 'SHA256SUMS'), join(dir, 'kept'));
    expect((await look()).update.problems).toMatchObject([
      {
        problem: expect.stringContaining(
          'SHA256SUMS is missing: the run did not come to its end; 14 cells are read',
        ),
      },
    ]);
    await rename(join(dir, 'kept'), join(first, 'SHA256SUMS'));
    expect((await look()).update).toMatchObject({ read: 1, problems: [] });
  });

  test('deleting the index loses nothing', async () => {
    await nights(3);
    const before = await look({});
    await rm(join(dir, indexFile));
    const after = await look({});
    expect(after.series).toEqual(before.series);
    expect(after.update.read).toBe(3);
  });

  test('an update that is aborted leaves whole archives, and the next one goes on', async () => {
    await nights(3);
    const index = openIndex(join(dir, indexFile));
    await expect(updateIndex(index, dir, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
      'stop',
    );
    expect(readSeries(index).series).toEqual([]);
    expect((await updateIndex(index, dir)).read).toBe(3);
    index.close();
  });
});

describe('what is wrong with an archive is told and stops nothing', () => {
  test.each<[string, (run: string) => Promise<void>, string]>([
    ['truncated', (run) => truncate(join(run, 'run.json'), 1_000), 'run.json is truncated or not JSON: '],
    [
      'edited',
      async (run) => {
        const text = await readFile(join(run, 'run.json'), 'utf8');
        await writeFile(join(run, 'run.json'), text.replace('"native"', '"natiVe"'));
      },
      'run.json was changed after the run: it does not match SHA256SUMS.',
    ],
    [
      'with facts of another machine',
      async (run) => {
        const text = await readFile(join(run, 'facts.json'), 'utf8');
        await writeFile(join(run, 'facts.json'), text.replace('Synthetic CPU', 'Better CPU'));
      },
      'facts.json was changed after the run: it does not match SHA256SUMS.',
    ],
    [
      'without facts',
      (run) => rm(join(run, 'facts.json')),
      'facts.json is missing or empty: what it was measured on is not known',
    ],
    ['without its run', (run) => rm(join(run, 'run.json')), 'run.json is missing'],
    [
      'of another program',
      (run) => writeFile(join(run, 'run.json'), '{"schema":"other/1"}'),
      'run.json is not a run of this harness',
    ],
    [
      'with a directory in place of its run',
      async (run) => {
        await rm(join(run, 'run.json'));
        await mkdir(join(run, 'run.json'));
      },
      'run.json is no plain file',
    ],
    [
      'giant',
      (run) => truncate(join(run, 'run.json'), 2 ** 40),
      'run.json is no plain file of at most 67108864 bytes',
    ],
  ])('%s', async (_name, harm, problem) => {
    const [first = ''] = await nights(2);
    await harm(first);
    const { update, series } = await look();
    expect(update.problems).toMatchObject([{ file: '2026-01-01T02-00-00-nightly' }]);
    expect(update.problems[0]?.problem.slice(0, problem.length)).toBe(problem);
    expect(series[0]?.points).toHaveLength(1);
    // It stays told where nothing is read anew.
    expect((await look()).update).toMatchObject({ read: 0, problems: update.problems });
  });

  test('a strange directory and a link are told; hidden ones, files and directories of runs are not', async () => {
    await nights(1);
    await mkdir(join(dir, 'notes'));
    await mkdir(join(dir, '.hidden'));
    await writeFile(join(dir, 'dashboard.html'), '');
    await symlink(dir, join(dir, 'latest'));
    await writeNight(join(dir, 'january'), 1);
    const { update, series } = await look();
    expect(update.problems).toEqual([
      { file: 'latest', problem: 'is a symbolic link: it is not followed' },
      { file: 'notes', problem: 'is not the directory of a run: it has no run.json' },
    ]);
    expect(series[0]?.points.map((point) => point.archive)).toEqual([
      '2026-01-01T02-00-00-nightly',
      'january/2026-01-02T02-00-00-nightly',
    ]);
  });

  test.each<[string, Parameters<typeof writeNight>[2], string]>([
    [
      'a name without end',
      { run: { testbed: 'x'.repeat(500) } },
      'run.json has testbed of 500 characters; expected 1 to 200',
    ],
    [
      'an end before the start',
      { run: { finishedAt: '2025-12-31T00:00:00.000Z' } },
      'run.json finishedAt 2025-12-31T00:00:00.000Z is before startedAt 2026-01-01T02:00:00.000Z: the clock ran backwards',
    ],
    [
      'a chain without end',
      { change: (r) => ({ ...r, cell: { ...r.cell, nfs: Array<string>(900).fill('forward') } }) },
      'run.json results.0.cell is longer than 1000 characters',
    ],
  ])('%s', async (_name, night, problem) => {
    await writeNight(dir, 0, night);
    expect((await look()).update.problems).toMatchObject([{ problem }]);
  });

  test('a cell that is there twice counts as none', async () => {
    await writeNight(dir, 0, { change: (r) => ({ ...r, cell: { ...r.cell, nfs: r.cell.nfs.slice(0, 1) } }) });
    const { update, series } = await look({ metric: 'throughputPps' });
    expect(update.problems[0]?.problem).toContain(
      'measured twice in one run, so neither counts: netvm, forward, 64 B, rfc2544',
    );
    // The forwarder's, of both frame sizes.
    expect(series.map(({ id }) => id.cell.dataplane)).toEqual(['forwarder', 'forwarder']);
  });

  test('a directory that is not there is bad input', async () => {
    await expect(indexRuns(join(dir, 'none'))).rejects.toMatchObject({ code: 2 });
    await expect(indexRuns(join(dir, 'none'))).rejects.toThrow(
      'cannot be read (ENOENT); expected a directory of runs',
    );
    expect(existsSync(join(dir, 'none'))).toBe(false);
  });
});

describe('runs that cannot be put in an order', () => {
  test('the same run twice: one is refused, and named', async () => {
    const [first = ''] = await nights(2);
    await cp(first, join(dir, 'copy'), { recursive: true });
    const { problems, series } = await look();
    expect(problems).toEqual([
      {
        file: 'copy',
        problem:
          'duplicate: 2026-01-01T02-00-00-nightly has the run 2026-01-01T02-00-00-nightly already; this one is left out',
      },
    ]);
    expect(series[0]?.points).toHaveLength(2);
  });

  test('of the two, the whole one is kept, whatever its path', async () => {
    const [first = ''] = await nights(1);
    await cp(first, join(dir, 'z-copy'), { recursive: true });
    await rm(join(first, 'SHA256SUMS'));
    const { problems, series } = await look();
    expect(problems).toMatchObject([{ file: '2026-01-01T02-00-00-nightly' }]);
    expect(series[0]?.points.map((point) => point.archive)).toEqual(['z-copy']);
  });

  test('one whose twin is taken away counts again', async () => {
    const [first = ''] = await nights(1);
    await cp(first, join(dir, 'copy'), { recursive: true });
    await look();
    await rm(first, { recursive: true });
    expect(await look()).toMatchObject({ problems: [], series: [{ points: [{ archive: 'copy' }] }] });
  });

  test('two runs of one start on one testbed: one is refused', async () => {
    await nights(1);
    await writeNight(dir, 0, { run: { id: 'other' } });
    const { problems, series } = await look();
    expect(problems).toMatchObject([
      {
        file: 'other',
        problem:
          'duplicate: it started at 2026-01-01T02:00:00.000Z on local, as did 2026-01-01T02-00-00-nightly; this one is left out',
      },
    ]);
    expect(series[0]?.points).toHaveLength(1);
  });

  test('a run that starts before its predecessor has finished', async () => {
    await nights(1);
    const startedAt = '2026-01-01T02:01:00.000Z';
    await writeNight(dir, 1, { run: { id: 'early', startedAt } });
    const { problems, series } = await look();
    expect(problems).toEqual([
      {
        file: 'early',
        problem:
          'the clock ran backwards: it started at 2026-01-01T02:01:00.000Z on local, before 2026-01-01T02-00-00-nightly had finished (2026-01-01T02:03:00.000Z); it is left out',
      },
    ]);
    expect(series[0]?.points).toHaveLength(1);
    // On another testbed it is nothing strange.
    await writeNight(dir, 2, { run: { id: 'elsewhere', startedAt, testbed: 'other' } });
    expect((await look()).problems).toHaveLength(1);
  });

  test('a run that starts before the time in its name', async () => {
    await nights(1);
    await writeNight(dir, 1, { run: { id: '2026-02-02T02-00-00-nightly' } });
    const { problems } = await look();
    expect(problems).toEqual([
      {
        file: '2026-02-02T02-00-00-nightly',
        problem:
          'the clock was moved: the run is named 2026-02-02T02-00-00-nightly and says that it started at 2026-01-02T02:00:00.000Z; it is left out',
      },
    ]);
  });
});

describe('the file of the index', () => {
  test('of another version is built anew', async () => {
    await nights(2);
    await look();
    const db = new DatabaseSync(join(dir, indexFile));
    db.exec("UPDATE meta SET value = '0'; ALTER TABLE runs RENAME COLUMN id TO name");
    db.close();
    const { update, series } = await look();
    expect(update.read).toBe(2);
    expect(series[0]?.points).toHaveLength(2);
  });

  test.each<[string, (file: string) => Promise<void> | void, string]>([
    [
      'is no database',
      (file) => writeFile(file, 'x'.repeat(5_000)),
      'is no index of runs (file is not a database): delete it, nothing is lost',
    ],
    [
      'belongs to another program',
      (file) => {
        const db = new DatabaseSync(file);
        db.exec('CREATE TABLE precious (x INTEGER)');
        db.close();
      },
      'is a database of another program, no index of runs: give another file.',
    ],
  ])('that %s is left alone', async (_name, make, message) => {
    const file = join(dir, 'file');
    await make(file);
    const before = await readFile(file);
    expect(() => openIndex(file)).toThrow(`${file} ${message}`);
    if (_name === 'is no database') expect(await readFile(file)).toEqual(before);
    else {
      const db = new DatabaseSync(file);
      expect(db.prepare('SELECT COUNT(*) AS n FROM precious').get()).toEqual({ n: 0 });
      db.close();
    }
  });

  test('several processes build it at once, from the same archives', async () => {
    await nights(6);
    const program = `
      import { indexRuns, readSeries } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
      for (let i = 0; i < 3; i++) {
        const { index } = await indexRuns(process.env.RUNS);
        index.db.exec('DELETE FROM archives');
        index.close();
      }
      const { index } = await indexRuns(process.env.RUNS);
      console.log(index.file.endsWith('.sqlite'));
      index.close();`;
    const builders = Array.from({ length: 3 }, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
        env: { ...process.env, RUNS: dir },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += String(text)));
      const [code] = (await once(child, 'close')) as [number];
      return { code, said };
    });
    expect(await Promise.all(builders)).toEqual(Array(3).fill({ code: 0, said: 'true\n' }));
    expect((await look()).series[0]?.points).toHaveLength(6);
  });

  test('is kept in memory where nothing can be written, not even by root', async () => {
    const { index } = await indexRuns('/sys/kernel/mm');
    expect(index.file).toBe(':memory:');
    index.close();
  });
});
