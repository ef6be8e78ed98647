import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterAll, describe, expect, test } from 'vitest';
import { syntheticRun } from '../../store/fixture.ts';
import { figuresTable } from './figures.ts';
import { methodsRun, writeArchive } from './archive.fixture.ts';
import { readExportSource } from './source.ts';
import { trialsTable } from './trials.ts';
import { writeExports } from './write.ts';

const made: string[] = [];
afterAll(async () => {
  for (const dir of made) await rm(dirname(dir), { recursive: true, force: true });
});

async function sourceOf(parts: Parameters<typeof writeArchive>[0] = {}) {
  const dir = await writeArchive(parts);
  made.push(dir);
  return readExportSource(dir, { isPartial: false });
}

/** As RFC 4180 says: lines end with CRLF, fields with a comma, quote or line break are quoted. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match === null) throw new Error('not RFC 4180');
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

async function csvRows(source: Awaited<ReturnType<typeof sourceOf>>, name: string) {
  const out = join(dirname(source.dir), 'csv');
  await writeExports([source], 'csv', out);
  const [header = [], ...rows] = parseCsv(await readFile(join(out, `${name}.csv`), 'utf8'));
  return rows.map((row) => {
    expect(row).toHaveLength(header.length);
    return Object.fromEntries(header.map((column, i) => [column, row[i] ?? '']));
  });
}

describe('CSV', () => {
  test('has every figure of a cell, exactly, with its unit, verdict and provenance', async () => {
    const source = await sourceOf();
    const [first] = source.run.results;
    const rows = await csvRows(source, 'figures');
    const own = rows.filter(
      (row) => row['nfs'] === 'forward' && row['dataplane'] === 'netvm' && row['frame_size_bytes'] === '64',
    );
    const value = (figure: string, more: Record<string, string> = {}) =>
      own
        .filter((row) => row['figure'] === figure && Object.entries(more).every(([k, v]) => row[k] === v))
        .map((row) => [Number(row['value']), row['unit']]);
    expect(value('throughputPps')).toEqual([[first?.throughput?.pps, 'pps']]);
    expect(value('p99Ns', { load_percent: '50' })).toEqual([[first?.latencyNs['50']?.p99, 'ns']]);
    expect(value('sent')).toEqual([[first?.books?.sent, 'packets']]);
    expect(value('coreFrequencyHz', { part: 'before device' })).toEqual([[3.2e9, 'Hz']]);
    expect(new Set(own.map((row) => row['provenance']))).toEqual(new Set(['modelled']));
    expect(own[0]).toMatchObject({
      run_id: source.run.id,
      testbed: 'local',
      git_dirty: 'true',
      chain_length: '1',
    });
  });

  test('what a cell leaves out where it is as usual is there all the same', async () => {
    const run = syntheticRun();
    const [first, ...others] = run.results;
    if (first === undefined) throw new Error('the fixture has no cell');
    const unusual = {
      ...{ trustDomains: 2, hugePageSizeBytes: 4_096 },
      ...{ instances: 4, flowEntries: 1_000, scheduling: 'adaptive' as const },
    };
    const cut = { ...first, cell: { ...first.cell, ...unusual } };
    const rows = await csvRows(await sourceOf({ run: { ...run, results: [cut, ...others] } }), 'figures');
    const of = (dataplane: string) => {
      const found = rows.filter((row) => row['dataplane'] === dataplane);
      const names = ['trust_domains', 'huge_page_size_bytes', 'instances', 'flow_entries', 'scheduling'];
      return [...new Set(found.map((row) => names.map((name) => row[name]).join(' ')))];
    };
    expect(of('netvm')).toEqual(['2 4096 4 1000 adaptive', '1 2097152 1 0 shared']);
    expect(of('vhost-user')).toEqual(['1  1 0 ']);
  });

  test('a cell that failed is there, without a throughput and with its reason', async () => {
    const source = await sourceOf();
    const failed = source.run.results.find(({ verdict }) => verdict === 'failed');
    const rows = await csvRows(source, 'figures');
    const gaps = rows.filter((row) => row['verdict'] === 'failed' && row['figure'] === 'throughputPps');
    expect(gaps[0]).toMatchObject({ value: '', reason: failed?.reason ?? '' });
  });

  test('has a row a repetition of methods that repeat, and the figures of every method', async () => {
    const rows = await csvRows(await sourceOf({ run: methodsRun() }), 'figures');
    const bursts = rows.filter((row) => row['figure'] === 'burstFrames' && row['dataplane'] === 'netvm');
    expect(bursts.map((row) => [row['value'], row['repetition'], row['part']])).toEqual([
      ['18000', '1', ''],
      ['18400', '2', ''],
      ['18200', '', 'mean'],
      [String(18_200 * 0.98), '', 'min'],
      [String(18_200 * 1.02), '', 'max'],
      [String(18_200 * 0.02), '', 'stdev'],
    ]);
    const figures = new Set(rows.map((row) => row['figure']));
    expect([...figures]).toEqual(
      expect.arrayContaining(['receivedPps', 'lossRatio', 'lossRatioBelow', 'recoveryNs', 'frameLossNs']),
    );
    const lost = rows.filter((row) => row['figure'] === 'lossRatio' && row['load_percent'] === '90');
    expect(lost.map((row) => row['verdict'])).toContain('disturbed');
  });

  test('has a row a trial, whose books close', async () => {
    const source = await sourceOf();
    const rows = await csvRows(source, 'trials');
    expect(rows).toHaveLength(source.trials.length);
    for (const row of rows) {
      const [received, dropped, inFlight] = ['received_packets', 'dropped_packets', 'in_flight_packets'].map(
        (name) => Number(row[name]),
      );
      expect(Number(row['sent_packets'])).toBe((received ?? 0) + (dropped ?? 0) + (inFlight ?? 0));
    }
    expect(rows.map((row) => row['trial'])).toEqual(source.trials.map((_, i) => String(i + 1)));
  });

  test.each([
    ['=HYPERLINK("http://x","y")', `'=HYPERLINK("http://x","y")`],
    ['+1', "'+1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    [' -2', "' -2"],
    ['\t=1', '\ufffd=1'],
    ['a,"b"', 'a,"b"'],
    ['two\r\nlines\u001b[31m', 'two\ufffd\ufffdlines\ufffd[31m'],
  ])('a text of an archive stays a text: %j', async (hostile, expected) => {
    const rows = await csvRows(await sourceOf({ run: { ...syntheticRun(), testbed: hostile } }), 'figures');
    expect(rows[0]?.['testbed']).toBe(expected);
  });
});

describe('Parquet', () => {
  test.each(['figures', 'trials'] as const)(
    '%s have the columns and values of the CSV, typed',
    async (name) => {
      const source = await sourceOf();
      const out = join(dirname(source.dir), 'parquet');
      await writeExports([source], 'parquet', out);
      const bytes = await readFile(join(out, `${name}.parquet`));
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      const table = name === 'figures' ? figuresTable([source]) : trialsTable([source]);
      const expected = table.rows.map((row) =>
        Object.fromEntries(
          table.columns.map(({ name: column, type, of }) => {
            const value = (of as (row: unknown) => unknown)(row);
            if (value === null) return [column, null];
            if (type === 'whole') return [column, BigInt(value as number)];
            return [column, type === 'time' ? new Date(value as string) : value];
          }),
        ),
      );
      const read = await parquetReadObjects({ file });
      expect(
        read.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, v ?? null]))),
      ).toEqual(expected);
      const { schema } = parquetMetadata(file);
      const types = new Map(schema.map((element) => [element.name, element.type]));
      expect(types.get('frame_size_bytes')).toBe('INT64');
      expect(types.get(name === 'figures' ? 'value' : 'offered_pps')).toBe('DOUBLE');
      expect(types.get('git_dirty')).toBe('BOOLEAN');
    },
  );

  test('several runs are in one file, which --out may name', async () => {
    const sources = [await sourceOf(), await sourceOf({ run: { ...syntheticRun(), id: 'second' } })];
    const out = join(dirname(sources[0]?.dir ?? ''), 'both.parquet');
    const { files } = await writeExports(sources, 'parquet', out);
    expect(files.map(({ file }) => file)).toEqual([out, out.replace('.parquet', '-trials.parquet')]);
    const bytes = await readFile(out);
    const rows = await parquetReadObjects({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
    });
    expect(new Set(rows.map((row) => (row as { run_id: string }).run_id))).toEqual(
      new Set(['synthetic-fixture', 'second']),
    );
  });
});
