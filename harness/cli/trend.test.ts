import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeNight } from '../store/nights.fixture.ts';

const main = resolve(import.meta.dirname, 'main.ts');
let base = '';
/** 24 nights: from the 16th on 8 % less, from the 22nd on with another kernel. One archive is torn. */
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'netvm-trend-'));
  for (let i = 0; i < 24; i++) {
    const kernel = i < 22 ? '6.1.0-32' : '6.1.0-35';
    await writeNight(join(base, 'results'), i, { level: i < 16 ? 1 : 0.92, facts: { kernel } });
  }
  truncateSync(join(await writeNight(join(base, 'results'), 24), 'run.json'), 100);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function cli(...args: string[]) {
  return spawnSync(process.execPath, [main, ...args], { cwd: base, encoding: 'utf8' });
}

const one = ['--cell', 'netvm, forward, 64 B', '--metric', 'throughputPps'];

test('a line a series, grouped by fingerprint, with state, since when and the commit range', () => {
  const { status, stdout, stderr } = cli('trend', ...one);
  expect(status, stderr).toBe(0);
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(
    /^testbed local, fingerprint [0-9a-f]{16}, since 2026-01-01: Synthetic CPU, 2 cores, kernel 6\.1\.0-32, DPDK 22\.11\.0$/,
  );
  expect(lines[4]).toMatch(
    /^netvm, forward, 64 B, rfc2544 {2}throughputPps +22 {2}13\.\d\d Mpps {2}[▁-█]{22} {2}regressed -8\.\d % since 2026-01-17 \(1010101010\.\.1111111111\)$/,
  );
  expect(lines[6]).toContain('since 2026-01-23: Synthetic CPU');
  expect(lines[7]).toBe('fingerprints differ: kernel 6.1.0-32 -> 6.1.0-35');
  expect(lines[11]).toContain('not enough data: 2 of 6');
  expect(stderr).toMatch(/^netvm: 2026-01-25T02-00-00-nightly: run\.json is truncated or not JSON: .*\n$/);
  expect(existsSync(join(base, 'results/.index.sqlite'))).toBe(true);
});

test('--json is one document, with what is in no series', () => {
  const { status, stdout, stderr } = cli('trend', '--json', ...one);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    groups: [
      {
        testbed: 'local',
        differences: [],
        series: [
          {
            words: 'netvm, forward, 64 B, rfc2544',
            state: 'regressed',
            changes: [
              { index: 16, kind: 'regression', firstAfter: { runId: '2026-01-17T02-00-00-nightly' } },
            ],
          },
        ],
      },
      { differences: ['kernel 6.1.0-32 -> 6.1.0-35'], series: [{ state: 'not enough data', values: 2 }] },
    ],
    problems: [{ file: '2026-01-25T02-00-00-nightly' }],
  });
});

test('--csv is what detect reads: it finds the same change', () => {
  const { fingerprint } = (JSON.parse(cli('trend', '--json').stdout) as { groups: [{ fingerprint: string }] })
    .groups[0];
  const { status, stdout } = cli('trend', ...one, '--fingerprint', fingerprint, '--csv');
  expect(status).toBe(0);
  expect(stdout.split('\n')[0]).toBe('time,value,control,status');
  writeFileSync(join(base, 'series.csv'), stdout);
  const detected = cli('detect', 'series.csv', '--min-change', '2%', '--json');
  expect(detected.stderr).toBe('');
  expect(JSON.parse(detected.stdout)).toMatchObject([
    { index: 16, time: '2026-01-17T02:00:00.000Z', kind: 'regression' },
  ]);
});

describe('bad input', () => {
  test.each<[string, string[], string]>([
    [
      'no such directory',
      ['none'],
      'none cannot be read (ENOENT); expected a directory of runs, as ./netvm run makes results/.',
    ],
    [
      'a metric that no run has',
      ['--metric', 'throughput'],
      '--metric: no run has "throughput"; expected one of latencyP99At10PercentNs, latencyP99At50PercentNs, latencyP99At90PercentNs, throughputPps; did you mean "throughputPps"?',
    ],
    [
      'a testbed that no run has',
      ['--testbed', 'locl'],
      '--testbed: no run has "locl"; expected one of local; did you mean "local"?',
    ],
    [
      'a number of runs that is none',
      ['--runs', '0'],
      '--runs: expected a whole number from 1 to 2000, got "0"',
    ],
    [
      'a share that is none',
      ['--min-change', '2'],
      '--min-change: expected a share from 0.1% to 100%, such as 2%, got "2"',
    ],
    ['both forms', ['--csv', '--json'], '--json and --csv: expected one of them, got both'],
    [
      'several fingerprints in one series',
      ['--csv', ...one],
      '--csv: expected one series, got 2; choose one: fingerprints differ (--fingerprint): kernel 6.1.0-32 -> 6.1.0-35 (',
    ],
    ['mixed units', ['--csv', '--cell', 'netvm, forward, 64 B'], '; mixed units: ns -> pps'],
    [
      'no series',
      ['--csv', '--cell', 'nothing like it'],
      '--csv: no series is left; expected one: ask for less',
    ],
  ])('%s: exit 2, and what was expected', (_name, args, message) => {
    const { status, stdout, stderr } = cli('trend', ...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('a directory without runs has no series, and that is said', () => {
    const empty = mkdtempSync(join(base, 'empty-'));
    expect(cli('trend', empty)).toMatchObject({
      status: 0,
      stdout: 'no series: there is no run with a figure that was asked for\n',
    });
  });
});

test('a name that steers a terminal does not', async () => {
  const dir = join(base, 'hostile');
  await writeNight(dir, 0, { run: { testbed: 'evil\u001b[2J\u202etest' } });
  const { stdout } = cli('trend', dir);
  expect(stdout).toContain('testbed evil\ufffd[2J\ufffdtest');
  expect(stdout).not.toMatch(/[\u001b\u202e]/);
});

test('help has examples', () => {
  const { status, stdout } = cli('trend', '--help');
  expect(status).toBe(0);
  expect(stdout).toContain('./netvm trend results --cell');
});
