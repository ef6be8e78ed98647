import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeNight } from '../nights.fixture.ts';
import { onEachDatabase } from './databases.fixture.ts';
import { writeNights } from './look.fixture.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-index-'));
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

onEachDatabase((on) => {
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
      const [first = ''] = await writeNights(dir, 2);
      await harm(first);
      const { update, series } = await on.look(dir);
      expect(update.problems).toMatchObject([{ file: '2026-01-01T02-00-00-nightly' }]);
      expect(update.problems[0]?.problem.slice(0, problem.length)).toBe(problem);
      expect(series[0]?.points).toHaveLength(1);
      // It stays told where nothing is read anew.
      expect((await on.look(dir)).update).toMatchObject({ read: 0, problems: update.problems });
    });

    test('a strange directory and a link are told; hidden ones, files and directories of runs are not', async () => {
      await writeNights(dir, 1);
      await mkdir(join(dir, 'notes'));
      await writeNight(join(dir, '.reruns'), 2);
      await writeFile(join(dir, 'dashboard.html'), '');
      await symlink(dir, join(dir, 'latest'));
      await writeNight(join(dir, 'january'), 1);
      const { update, series } = await on.look(dir);
      expect(update.problems).toEqual([
        { file: 'latest', problem: 'is a symbolic link: it is not followed' },
        { file: 'notes', problem: 'is not the directory of a run: it has no run.json' },
      ]);
      expect(series[0]?.points.map((point) => point.archive)).toEqual([
        '2026-01-01T02-00-00-nightly',
        'january/2026-01-02T02-00-00-nightly',
      ]);
    });

    test('runs that measured two commits in turns are no points of a series', async () => {
      await writeNights(dir, 1);
      const before = await writeNight(dir, 1);
      const after = await writeNight(dir, 2);
      await mkdir(join(dir, '2026-01-05T02-00-00-bisect/0123456789'), { recursive: true });
      await rename(before, join(dir, '2026-01-05T02-00-00-bisect/0123456789/round-01-before'));
      await rename(after, join(dir, '2026-01-05T02-00-00-bisect/0123456789/round-01-after-again-1'));
      await mkdir(join(dir, '2026-01-06T02-00-00-gate'));
      // Of one whose commit does not build this is all.
      await mkdir(join(dir, '2026-01-07T02-00-00-gate'));
      await writeFile(join(dir, '2026-01-07T02-00-00-gate/build-0123456789.log'), '');
      await writeFile(join(dir, '2026-01-06T02-00-00-gate/gate.json'), '{}');
      const { update, series } = await on.look(dir);
      expect(update).toMatchObject({ read: 1, problems: [] });
      expect(series[0]?.points).toHaveLength(1);
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
        'run.json has finishedAt 2025-12-31T00:00:00.000Z before startedAt 2026-01-01T02:00:00.000Z: the clock ran backwards',
      ],
      [
        'a clock that was moved in mid-run',
        { run: { finishedAt: '2026-01-05T02:00:00.000Z' } },
        'run.json says that it went on from 2026-01-01T02:00:00.000Z to 2026-01-05T02:00:00.000Z, and that it took 180 s: the clock was moved',
      ],
      [
        'settings without end',
        { run: { profile: { method: { name: 'x'.repeat(200_000) } } } },
        'run.json has settings of the method of more than 100000 characters',
      ],
      [
        'facts without end',
        { facts: { kernelCommandLine: 'x'.repeat(200_000) } },
        'facts.json has more than 100000 characters that count',
      ],
      [
        'a chain without end',
        { change: (r) => ({ ...r, cell: { ...r.cell, nfs: Array<string>(900).fill('forward') } }) },
        'run.json results.0.cell is longer than 1000 characters',
      ],
    ])('%s', async (_name, night, problem) => {
      await writeNight(dir, 0, night);
      expect((await on.look(dir)).update.problems).toMatchObject([{ problem }]);
    });

    test('a cell that is there twice counts as none', async () => {
      await writeNight(dir, 0, {
        change: (r) => ({ ...r, cell: { ...r.cell, nfs: r.cell.nfs.slice(0, 1) } }),
      });
      const { update, series } = await on.look(dir, { metric: 'throughputPps' });
      expect(update.problems[0]?.problem).toContain(
        'measured twice in one run, so neither counts: netvm, forward, 64 B, rfc2544',
      );
      // The forwarder's, of both frame sizes.
      expect(series.map(({ id }) => id.cell.dataplane)).toEqual(['forwarder', 'forwarder']);
    });

    test('a run in place of a directory of runs is bad input', async () => {
      const [first = ''] = await writeNights(dir, 1);
      await expect(on.index(first)).rejects.toThrow(
        'is the directory of one run; expected the one that it is in.',
      );
      expect(existsSync(join(first, '.index.sqlite'))).toBe(false);
    });

    test('a directory that is not there is bad input', async () => {
      await expect(on.index(join(dir, 'none'))).rejects.toMatchObject({ code: 2 });
      await expect(on.index(join(dir, 'none'))).rejects.toThrow(
        'cannot be read (ENOENT); expected a directory of runs,',
      );
      expect(existsSync(join(dir, 'none'))).toBe(false);
    });
  });
});
