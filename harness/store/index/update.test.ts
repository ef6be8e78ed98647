import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeNight } from '../nights.fixture.ts';
import {
  indexFile,
  indexRuns,
  knownNames,
  openIndex,
  openSharedIndex,
  readSeries,
  updateIndex,
} from './index.ts';
import { onEachDatabase } from './databases.fixture.ts';
import { look, writeNights } from './look.fixture.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-index-'));
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

onEachDatabase((on) => {
  describe('an update reads what is new or has changed', () => {
    test('and nothing else', async () => {
      await writeNights(dir, 2);
      await on.look(dir);
      await writeNight(dir, 2);
      expect((await on.look(dir)).update).toMatchObject({ read: 1, unchanged: 2 });
      expect((await on.look(dir)).update).toMatchObject({ read: 0, unchanged: 3 });
    });

    test('what was taken away is gone, also from the series', async () => {
      const [first = ''] = await writeNights(dir, 3);
      await on.look(dir);
      await rm(first, { recursive: true });
      const { update, series } = await on.look(dir);
      expect(update).toMatchObject({ read: 0, removed: 1 });
      expect(series[0]?.points).toHaveLength(2);
    });

    test('an archive that has become another leaves no empty series behind', async () => {
      const [first = ''] = await writeNights(dir, 1);
      await on.look(dir);
      await rm(first, { recursive: true });
      await writeNight(dir, 0, { run: { testbed: 'other' } });
      const { index } = await on.index(dir);
      expect((await knownNames(index)).testbeds).toEqual(['other']);
      await index.close();
    });

    test('a run that goes on is read again', async () => {
      const [first = ''] = await writeNights(dir, 1);
      await rename(join(first, 'SHA256SUMS'), join(dir, 'kept'));
      expect((await on.look(dir)).update.problems).toMatchObject([
        {
          problem: expect.stringContaining(
            'SHA256SUMS is missing: the run goes on, or was killed; 14 cells are read',
          ),
        },
      ]);
      await rename(join(dir, 'kept'), join(first, 'SHA256SUMS'));
      expect((await on.look(dir)).update).toMatchObject({ read: 1, problems: [] });
    });

    test('deleting the index loses nothing', async () => {
      await writeNights(dir, 3);
      const before = await on.look(dir, {});
      await on.forget(dir);
      const after = await on.look(dir, {});
      expect(after.series).toEqual(before.series);
      expect(after.update.read).toBe(3);
    });

    test('an update that is aborted leaves whole archives, and the next one goes on', async () => {
      await writeNights(dir, 3);
      const address = on.address();
      const index = await (address === null ? openIndex(join(dir, indexFile)) : openSharedIndex(address));
      await expect(updateIndex(index, dir, { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow(
        'stop',
      );
      expect((await readSeries(index, {}, dir)).series).toEqual([]);
      expect((await updateIndex(index, dir)).read).toBe(3);
      await index.close();
    });

    test('several processes build it at once, from the same archives', async () => {
      await writeNights(dir, 6);
      const program = `
      import { indexRuns } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
      const address = process.env.ADDRESS || null;
      for (let i = 0; i < 3; i++) {
        const { index } = await indexRuns(process.env.RUNS, { address });
        await index.all('DELETE FROM archives');
        await index.close();
      }
      const { index } = await indexRuns(process.env.RUNS, { address });
      console.log(index.file?.endsWith('.sqlite') ?? index.name.startsWith('postgresql:'));
      await index.close();`;
      const builders = Array.from({ length: 3 }, async () => {
        const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
          env: { ...process.env, RUNS: dir, ADDRESS: on.address() ?? '' },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let said = '';
        for (const stream of [child.stdout, child.stderr])
          stream.on('data', (text) => (said += String(text)));
        const [code] = (await once(child, 'close')) as [number];
        return { code, said };
      });
      expect(await Promise.all(builders)).toEqual(Array(3).fill({ code: 0, said: 'true\n' }));
      expect((await on.look(dir)).series[0]?.points).toHaveLength(6);
    });
  });
});

describe('the file of the index', () => {
  test('of another version is built anew', async () => {
    await writeNights(dir, 2);
    await look(dir);
    const db = new DatabaseSync(join(dir, indexFile));
    db.exec("UPDATE meta SET value = '0'; ALTER TABLE runs RENAME COLUMN id TO name");
    db.close();
    const { update, series } = await look(dir);
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
    await expect(openIndex(file)).rejects.toThrow(`${file} ${message}`);
    if (_name === 'is no database') expect(await readFile(file)).toEqual(before);
    else {
      const db = new DatabaseSync(file);
      expect(db.prepare('SELECT COUNT(*) AS n FROM precious').get()).toEqual({ n: 0 });
      db.close();
    }
  });

  test('is read anew, in memory, by who may not write one that is there', async () => {
    await writeNights(dir, 1);
    await (await indexRuns(dir)).index.close();
    await writeNight(dir, 1);
    await chmod(dir, 0o755);
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    else await chmod(join(dir, indexFile), 0o444);
    try {
      const { index, update } = await indexRuns(dir);
      expect(index.file).toBe(':memory:');
      expect(update).toMatchObject({ read: 2, problems: [] });
      await index.close();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test('is kept in memory where nothing can be written, not even by root', async () => {
    const { index } = await indexRuns('/sys/kernel/mm');
    expect(index.file).toBe(':memory:');
    await index.close();
  });
});
