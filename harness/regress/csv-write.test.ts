import { expect, test } from 'vitest';
import type { CellVerdict } from '../model/run.ts';
import type { StoredSeries } from '../model/series.ts';
import { seriesCsv } from './csv-write.ts';
import { parseSeries } from './csv.ts';

const verdicts: CellVerdict[] = [
  'valid',
  'failed',
  'disturbed',
  'generator-limited',
  'unbalanced',
  'nf-died',
];

test.each<[string, number | null]>([
  ['with a control', 20e6],
  ['without', null],
])('a series goes through a file, %s', (_name, control) => {
  const series: StoredSeries = {
    id: {
      testbed: 'local',
      fingerprint: '0123456789abcdef',
      cell: {
        dataplane: 'netvm',
        isolation: 'process',
        nfs: ['forward'],
        frameSizeBytes: 64,
        method: 'soak',
      },
      metric: { name: 'lossRatioBelow', unit: 'ratio', better: 'lower' },
    },
    points: [...Array<CellVerdict>(6).fill('valid'), ...verdicts].map((verdict, i) => ({
      runId: `run-${i}`,
      startedAt: new Date(Date.UTC(2026, 0, 1 + i)).toISOString(),
      commit: null,
      // The seventh is valid and yet without a figure of this kind.
      value: i < 6 ? 1.5e-8 * (i + 1) : null,
      control: i === 2 ? null : control,
      verdict,
    })),
  };
  const read = parseSeries(new TextEncoder().encode(seriesCsv(series)), 'series.csv');
  expect(read).toEqual({
    times: series.points.map((point) => point.startedAt),
    values: series.points.map((point) => point.value),
    unit: 'ratio',
    ...(control !== null && { control: series.points.map((point) => point.control) }),
  });
});
