import { expect, test } from 'vitest';
import type { SeriesPoint, StoredSeries } from '../model/series.ts';
import { againstLevels } from './against-level.ts';

/** A series of these values, null for a run that failed; runs are called by their places. */
function series(values: readonly (number | null)[], better: 'higher' | 'lower' = 'higher'): StoredSeries {
  const cell = {
    dataplane: 'netvm',
    isolation: 'process',
    nfs: ['forward'],
    frameSizeBytes: 64,
    method: 'mrr',
  } as const;
  const points = values.map((value, i): SeriesPoint => {
    const startedAt = new Date(Date.UTC(2026, 0, 1 + i)).toISOString();
    const verdict = value === null ? 'failed' : 'valid';
    return { runId: String(i), startedAt, commit: null, value, control: null, verdict };
  });
  return {
    id: {
      testbed: 'local',
      fingerprint: '0'.repeat(16),
      cell,
      metric: { name: 'receivedPps', unit: 'pps', better },
    },
    points,
  };
}

const quiet = (count: number, level = 1e7) =>
  Array.from({ length: count }, (_, i) => level * (1 + 0.005 * Math.sin(7 * i + 1)));

function judge(one: StoredSeries, run: number) {
  const [state] = againstLevels([one], String(run), 0.05).states;
  if (state === undefined) throw new Error('expected a state');
  return state;
}

test('a run on the level is cleared, one far from it suspected; which way is bad the metric says', () => {
  expect(judge(series([...quiet(12), 1e7]), 12).outcome).toBe('refuted');
  const slow = judge(series([...quiet(12), 7e6]), 12);
  expect(slow.outcome).toBe('undecided');
  expect(slow.reason).toMatch(
    /^suspected of a regression beyond the floor, .*, against 12 runs on the last level\.$/,
  );
  expect(judge(series([...quiet(12), 1.4e7]), 12).outcome).toBe('refuted');
  expect(judge(series([...quiet(12), 1.4e7], 'lower'), 12).reason).toMatch(/^suspected/);
});

test('runs after it, outliers and failed ones before it say nothing of its level', () => {
  const before = [...quiet(6), 3e6, null, ...quiet(6)];
  const { outcome, confirmed } = judge(series([...before, 1e7, 5e6, 5e6]), before.length);
  expect(outcome).toBe('refuted');
  expect(confirmed.confirmation.before).toHaveLength(12);
});

test('noise that hides the floor cannot tell, and too few runs are not enough', () => {
  const loud = Array.from({ length: 20 }, (_, i) => 1e7 * (1 + 0.2 * Math.sin(7 * i + 1)));
  expect(judge(series([...loud, 9e6]), 20).reason).toMatch(/^one run of such noise cannot tell/);
  expect(judge(series([...quiet(5), 5e6]), 5).reason).toBe(
    'not enough data: 5 of 6 runs are on the last level.',
  );
});

test('a run without a figure is incomparable, and one that is in no series has no state', () => {
  expect(judge(series([...quiet(8), null]), 8).outcome).toBe('incomparable');
  expect(againstLevels([series(quiet(8))], 'elsewhere', 0.05).states).toEqual([]);
});
