import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logOf, writeArchive } from '../report/exports/archive.fixture.ts';
import { verifyArchive } from '../store/verify.ts';
import { testContext } from './context.fixture.ts';
import { exportRuns } from './export.ts';

let dir = '';
beforeEach(async () => {
  dir = await writeArchive({ logs: { 'one-50pct': logOf([1_000]), 'two-50pct': logOf([2_000]) } });
});
afterEach(async () => rm(dirname(dir), { recursive: true, force: true }));

const out = () => join(dirname(dir), 'out');

test.each([
  ['csv', ['figures.csv', 'trials.csv']],
  ['parquet', ['figures.parquet', 'trials.parquet']],
  ['hlog', ['one-50pct.hlog', 'two-50pct.hlog']],
])('%s: what was written is printed, and the archive is as it was', async (format, names) => {
  const context = testContext();
  expect(await exportRuns(context, [dir], { format, json: true })).toBe(0);
  const printed = JSON.parse(context.printed.join('')) as { files: { file: string }[]; problems: unknown[] };
  expect(printed.files.map(({ file }) => file.split('/').at(-1))).toEqual(names);
  expect(printed.problems).toEqual([]);
  for (const { file } of printed.files) expect((await readFile(file)).length).toBeGreaterThan(100);
  expect(await verifyArchive(dir)).toEqual([]);
});

describe('an archive that is not whole', () => {
  test.each<[string, () => Promise<void>, RegExp]>([
    ['truncated', () => truncate(join(dir, 'run.json'), 500), /run\.json is truncated or not JSON/],
    [
      'edited',
      async () => {
        const file = join(dir, 'run.json');
        await writeFile(file, (await readFile(file, 'utf8')).replace('"native"', '"natiVe"'));
      },
      /run\.json was changed after the run: it does not match SHA256SUMS/,
    ],
    [
      'foreign',
      () => writeFile(join(dir, 'run.json'), '{"schema":"other/1"}'),
      /run\.json is not a run of this harness/,
    ],
    [
      'with edited trials',
      () => appendFile(join(dir, 'trials.jsonl'), '\n'),
      /trials\.jsonl was changed after the run[^]*--partial exports what is sound/,
    ],
    [
      'with an edited histogram',
      () => writeFile(join(dir, 'latency/one-50pct.hlog'), logOf([9])),
      /latency\/one-50pct\.hlog was changed after the run/,
    ],
    [
      'not finished',
      () => rm(join(dir, 'SHA256SUMS')),
      /SHA256SUMS is missing: the run did not come to its end/,
    ],
  ])('%s is refused with the file and the reason, and nothing is written', async (_name, harm, message) => {
    await harm();
    const attempt = exportRuns(testContext(), [dir], { format: 'csv', out: out() });
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toMatchObject({ code: 2 });
    expect(existsSync(out())).toBe(false);
  });

  test('is exported as far as it is sound where that is asked for, and what is left out is said', async () => {
    await appendFile(join(dir, 'trials.jsonl'), '{"torn":');
    await writeFile(join(dir, 'latency/one-50pct.hlog'), logOf([9]));
    const context = testContext();
    await exportRuns(context, [dir], { format: 'hlog', out: out(), partial: true });
    expect(await readdir(join(out(), 'synthetic-fixture'))).toEqual(['two-50pct.hlog']);
    expect(context.said.join('\n')).toMatch(/one-50pct\.hlog was changed after the run/);
    await exportRuns(context, [dir], { format: 'csv', out: out(), partial: true });
    // Its trials may say anything: they do not match their sum.
    expect((await readFile(join(out(), 'trials.csv'), 'utf8')).split('\r\n')).toHaveLength(2);
    await rm(join(dir, 'SHA256SUMS'));
    await exportRuns(context, [dir], { format: 'csv', out: out(), partial: true });
    expect((await readFile(join(out(), 'trials.csv'), 'utf8')).split('\r\n').length).toBeGreaterThan(10);
    expect(context.said.join('\n')).toMatch(/trials\.jsonl line \d+ is torn/);
  });
});

test('a format that is not known, and two runs of one name, are bad input', async () => {
  await expect(exportRuns(testContext(), [dir], { format: 'parket' })).rejects.toThrow(
    /--format: expected csv, parquet, uti, hlog, got "parket".*parquet/,
  );
  const other = join(dirname(dir), 'other', 'synthetic-fixture');
  await mkdir(other, { recursive: true });
  await expect(exportRuns(testContext(), [dir, other], { format: 'csv' })).rejects.toThrow(
    'two of the runs are in directories of the name "synthetic-fixture"',
  );
});
