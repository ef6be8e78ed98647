import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveOf } from './archive.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'netvm-archive-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function fileOf(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

test('the same contents make the same bytes, whoever wrote them when and in whatever order they are named', async () => {
  const [init, nf] = [fileOf('init', 'one'), fileOf('nf', 'two')];
  const first = await archiveOf(
    new Map([
      ['init', init],
      ['nf/forward', nf],
    ]),
    directory,
  );
  utimesSync(init, 1, 2);
  const copy = fileOf('copy', 'two');
  const second = await archiveOf(
    new Map([
      ['nf/forward', copy],
      ['init', init],
    ]),
    directory,
  );
  expect(second.equals(first)).toBe(true);
  const other = await archiveOf(
    new Map([
      ['init', init],
      ['nf/forward', fileOf('other', 'too')],
    ]),
    directory,
  );
  expect(other.equals(first)).toBe(false);
});

test('all belongs to root, can be run, and has the directories that it needs', async () => {
  const archive = await archiveOf(new Map([['nf/forward', fileOf('nf', 'two')]]), directory);
  const list = execFileSync('cpio', ['--list', '--verbose', '--numeric-uid-gid', '--quiet'], {
    input: gunzipSync(archive),
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
  });
  const lines = list
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/\s+/));
  expect(lines.map((words) => [words[0], words[2], words[3], words.at(-2), words.at(-1)])).toEqual([
    ['drwxr-xr-x', '0', '0', '1970', 'nf'],
    ['-rwxr-xr-x', '0', '0', '1970', 'nf/forward'],
  ]);
});
