import { expect, test } from 'vitest';
import type { CellResult, LatencySummary, Run } from '../model/run.ts';
import { syntheticFigures } from '../store/figures.fixture.ts';
import { verdictCode } from './verdict.ts';
import { resultsTable } from './table.ts';

const latency: LatencySummary = {
  samples: 1,
  min: 1,
  p50: 9100,
  p90: 1,
  p99: 21_000,
  p999: 1,
  max: 1,
  hlog: 'x',
};
const measured: CellResult = {
  cell: { dataplane: 'netvm', isolation: 'process', nfs: ['forward'], frameSizeBytes: 64, method: 'rfc2544' },
  provenance: 'measured-virtual',
  verdict: 'valid',
  reason: null,
  throughput: { pps: 14_880_952, gbps: 9.99999, lowerPps: 14_880_952, upperPps: null },
  latencyNs: { 50: latency },
  loads: null,
  books: null,
  cpu: null,
  trials: 3,
  trialsDisturbed: 0,
  coreRoundTripNs: null,
};
const failed: CellResult = {
  ...measured,
  verdict: 'failed',
  reason: 'netvm-vswitch exited with 3',
  throughput: null,
  latencyNs: {},
};
const run = (results: CellResult[], status: Run['status'] = 'complete'): Run => ({
  schema: 'run/1',
  id: 'r',
  startedAt: '',
  finishedAt: null,
  status,
  command: '',
  testbed: 'local',
  profile: {},
  generator: {
    name: 'native',
    version: '1',
    ceilingPps: 21_300_000,
    ceilingRunsPps: [],
    coreRoundTripNs: null,
  },
  jitter: [],
  results,
});

test('a line a cell: what was found, how far to trust it, and why not', () => {
  const lines = resultsTable(run([measured, failed])).split('\n');
  expect(lines[2]?.split(/\s{2,}/)).toEqual([
    'netvm',
    '1',
    '64',
    '14.88',
    '10.00',
    '9.1',
    '21.0',
    'valid',
    'measured-virtual',
  ]);
  expect(lines[3]?.split(/\s{2,}/)).toEqual([
    'netvm',
    '1',
    '64',
    '-',
    '-',
    '-',
    '-',
    'failed',
    'measured-virtual',
  ]);
  expect(lines.join('\n')).toContain('Generator alone: 21.30 Mpps at 64 B');
  expect(lines.join('\n')).toContain('nothing of a NIC');
  expect(lines.at(-1)).toBe('netvm, 1 NFs, 64 B: netvm-vswitch exited with 3');
});

test('a method that has figures of its own gets a column for them', () => {
  const of = (method: string) => syntheticFigures().find((figures) => figures.method === method);
  const figures = of('reset');
  if (figures === undefined) throw new Error('no such figures');
  const lines = resultsTable(run([{ ...measured, throughput: null, figures }, measured])).split('\n');
  expect(lines[0]).toContain('figure');
  expect(lines[2]).toContain('interrupted for 45 ms');
  expect(lines[3]?.split(/\s{2,}/)[7]).toBe('-');
  expect(resultsTable(run([measured]))).not.toContain('figure');
});

test('the exit code: 0 all measured, 1 one was not or there was nothing, 130 interrupted', () => {
  expect(verdictCode(run([measured]))).toBe(0);
  expect(verdictCode(run([measured, failed]))).toBe(1);
  expect(verdictCode(run([]))).toBe(1);
  expect(verdictCode(run([measured], 'interrupted'))).toBe(130);
});
