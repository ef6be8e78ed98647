import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CellResult } from '../../model/run.ts';
import { syntheticNight, writeNight } from '../nights.fixture.ts';
import { differencesBetween, readSeries } from './index.ts';
import type { RunIndex } from './index.ts';
import { onEachDatabase } from './databases.fixture.ts';
import { one, writeNights } from './look.fixture.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-index-'));
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

onEachDatabase((on) => {
  describe('series out of archives', () => {
    test('are of one moment, also where another process writes while they are read', async () => {
      await writeNights(dir, 2);
      const { index } = await on.index(dir);
      const { index: other } = await on.index(dir);
      let writes = 0;
      const watched: RunIndex = {
        ...index,
        snapshot: (work) =>
          index.snapshot((sql) =>
            work({
              ...sql,
              all: async (text, values) => {
                // After the runs were read, and before their figures.
                if (text.includes('FROM figures')) {
                  await other.transaction((others) => others.all('DELETE FROM runs'));
                  writes++;
                }
                return sql.all(text, values);
              },
            }),
          ),
      };
      const { series } = await readSeries(watched, one, dir);
      expect(writes).toBe(1);
      expect(series[0]?.points).toHaveLength(2);
      expect((await readSeries(index, one, dir)).series).toEqual([]);
      await other.close();
      await index.close();
    });

    test('a series has a point a run, in the order of time, with commit, control and archive', async () => {
      await writeNights(dir, 3);
      const { series, problems, update } = await on.look(dir);
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
      await writeNight(dir, 2, {
        change: (result) => ({ ...result, verdict: 'disturbed' }),
        run: { profile },
      });
      const { series } = await on.look(dir, { cell: one.cell ?? '' });
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
      const { index } = await on.index(dir);
      const { series, documents } = await readSeries(index, one, dir);
      expect(series.map(({ points }) => points.map((point) => point.startedAt.slice(0, 10)))).toEqual([
        ['2026-01-01', '2026-01-02'],
        ['2026-01-03', '2026-01-04'],
      ]);
      const [before, after] = series.map(({ id }) => id.fingerprint);
      expect(differencesBetween(documents, before ?? '', after ?? '')).toEqual([
        'kernel 6.1.0-32 -> 6.1.0-35',
      ]);
      await index.close();
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
      const { index } = await on.index(dir);
      const { series, documents } = await readSeries(index, one, dir);
      expect(series.map(({ points }) => points.map((point) => Number(point.startedAt.slice(8, 10))))).toEqual(
        [[1, 3], [2], [4]],
      );
      const [usual, unpaced, physical] = series.map(({ id }) => id.settings ?? '');
      expect(differencesBetween(documents, usual ?? '', unpaced ?? '')).toEqual([
        'wire bit/s 10000000000 -> 0',
      ]);
      expect(differencesBetween(documents, usual ?? '', physical ?? '')).toEqual([
        'provenance modelled -> measured',
      ]);
      await index.close();
    });

    test('a generator of several cores begins another series', async () => {
      const { generator } = syntheticNight(1);
      if (generator === null) throw new Error('the fixture has no generator');
      await writeNight(dir, 0);
      await writeNight(dir, 1, { run: { generator: { ...generator, txCores: [0, 2], rxCores: [0] } } });
      const { index } = await on.index(dir);
      const { series, documents } = await readSeries(index, one, dir);
      const [before, after] = series.map(({ id }) => id.settings ?? '');
      expect(differencesBetween(documents, before ?? '', after ?? '')).toEqual([
        'generator cores unknown -> 0,2 sent, 0 received',
      ]);
      await index.close();
    });

    test('NFs on cores of their own begin another series', async () => {
      await writeNight(dir, 0);
      await writeNight(dir, 1, { run: { device: { core: 1, nfCores: [2, 3] } } });
      const { index } = await on.index(dir);
      const { series, documents } = await readSeries(index, one, dir);
      const [before, after] = series.map(({ id }) => id.settings ?? '');
      expect(differencesBetween(documents, before ?? '', after ?? '')).toEqual([
        'device cores unknown -> 1, NFs 2,3',
      ]);
      await index.close();
    });

    test('the newest runs only, where so many are asked for', async () => {
      await writeNights(dir, 4);
      const { series } = await on.look(dir, { ...one, runsMax: 2 });
      expect(series[0]?.points.map((point) => point.startedAt.slice(8, 10))).toEqual(['03', '04']);
    });

    test('a dirty checkout is said, and what is no commit is none', async () => {
      await writeNight(dir, 0, { facts: { gitDirty: true } });
      await writeNight(dir, 1, { facts: { gitCommit: '--upload-pack=evil' } });
      const points = (await on.look(dir)).series[0]?.points;
      expect(points).toMatchObject([{ isDirty: true, commit: '01'.repeat(20) }, { commit: null }]);
    });
  });

  describe('runs that cannot be put in an order', () => {
    test('the same run twice: one is refused, and named', async () => {
      const [first = ''] = await writeNights(dir, 2);
      await cp(first, join(dir, 'copy'), { recursive: true });
      const { problems, series } = await on.look(dir);
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
      const [first = ''] = await writeNights(dir, 1);
      await cp(first, join(dir, 'z-copy'), { recursive: true });
      await rm(join(first, 'SHA256SUMS'));
      const { problems, series } = await on.look(dir);
      expect(problems).toMatchObject([{ file: '2026-01-01T02-00-00-nightly' }]);
      expect(series[0]?.points.map((point) => point.archive)).toEqual(['z-copy']);
    });

    test('one whose twin is taken away counts again', async () => {
      const [first = ''] = await writeNights(dir, 1);
      await cp(first, join(dir, 'copy'), { recursive: true });
      await on.look(dir);
      await rm(first, { recursive: true });
      expect(await on.look(dir)).toMatchObject({ problems: [], series: [{ points: [{ archive: 'copy' }] }] });
    });

    test('two runs of one start on one testbed: one is refused', async () => {
      await writeNights(dir, 1);
      await writeNight(dir, 0, { run: { id: 'other' } });
      const { problems, series } = await on.look(dir);
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
      await writeNights(dir, 1);
      const startedAt = '2026-01-01T02:01:00.000Z';
      const finishedAt = '2026-01-01T02:04:00.000Z';
      await writeNight(dir, 1, { run: { id: 'early', startedAt, finishedAt } });
      const { problems, series } = await on.look(dir);
      expect(problems).toEqual([
        {
          file: 'early',
          problem:
            'the clock ran backwards: it started at 2026-01-01T02:01:00.000Z on local, before 2026-01-01T02-00-00-nightly had finished (2026-01-01T02:03:00.000Z); it is left out',
        },
      ]);
      expect(series[0]?.points).toHaveLength(1);
      // On another testbed it is nothing strange.
      await writeNight(dir, 2, { run: { id: 'elsewhere', startedAt, finishedAt, testbed: 'other' } });
      expect((await on.look(dir)).problems).toHaveLength(1);
    });

    test('nights between the parts of a run that was resumed are in order', async () => {
      await writeNight(dir, 0, {
        run: {
          finishedAt: '2026-01-04T02:00:00.000Z',
          resumedAt: ['2026-01-04T01:00:00.000Z'],
          elapsedMs: null,
        },
      });
      await writeNight(dir, 1);
      const { problems, series } = await on.look(dir);
      expect(problems).toEqual([]);
      expect(series[0]?.points).toHaveLength(2);
    });

    test('a run that starts before the time in its name', async () => {
      await writeNights(dir, 1);
      await writeNight(dir, 1, { run: { id: '2026-02-02T02-00-00-nightly' } });
      const { problems } = await on.look(dir);
      expect(problems).toEqual([
        {
          file: '2026-02-02T02-00-00-nightly',
          problem:
            'the clock was moved: the run is named 2026-02-02T02-00-00-nightly and says that it started at 2026-01-02T02:00:00.000Z; it is left out',
        },
      ]);
    });
  });
});
