import type { StoredSeries } from '../model/series.ts';
import { studentQuantile } from '../stats/student.ts';
import { deviation, median } from '../stats/summary.ts';
import { falseConfirmationsMax, outcomeOf } from './confirm.ts';
import { oneLook } from './one-look.ts';
import type { CellState, RoundsResult } from './rounds.ts';
import { runsMin } from './series.ts';
import { detectIn } from './suspicions.ts';

/**
 * One run against the last level of each series that it is in: the runs before it, back to the last change of level, outliers left out. The interval is that of Student's prediction
 * of one more run (1908), of the logarithms, so it takes their noise for normal. It can clear a run; it never makes one red, since a single run
 * is never a regression: one that lies beyond the floor is suspected, and reruns confirm it.
 */
export function againstLevels(series: readonly StoredSeries[], runId: string, floor: number): RoundsResult {
  const states = series.flatMap((one) => {
    const at = one.points.findIndex((point) => point.runId === runId);
    return at === -1 ? [] : [{ one, at }];
  });
  const alpha = falseConfirmationsMax / Math.max(1, states.length);
  return { states: states.map(({ one, at }) => judge(one, at, floor, alpha)), rounds: 1, repeated: [] };
}

function judge({ id, points }: StoredSeries, at: number, floor: number, alpha: number): CellState {
  const before = lastLevel({ id, points: points.slice(0, at) }, floor);
  const point = points[at];
  const after = point?.value ?? null;
  const tell = (
    outcome: CellState['outcome'],
    reason: string,
    interval: readonly [number, number] | null = null,
  ): CellState => {
    const figures = after === null ? [] : [after];
    const shift = after === null || before.length === 0 ? 0 : Math.log(after / median(before));
    const noise = deviation(before.map(Math.log));
    const base = { cell: id.cell, metric: id.metric, isFinal: true, outcome, reason };
    return oneLook(base, { before, after: figures, shift, interval, alpha, noise });
  };
  if (after === null)
    return tell(
      'incomparable',
      `the run has no valid figure: its verdict is ${point?.verdict ?? 'unknown'}.`,
    );
  if (before.length < runsMin)
    return tell('undecided', `not enough data: ${before.length} of ${runsMin} runs are on the last level.`);
  const interval = predicted(before, after, alpha);
  const found = outcomeOf(interval, { better: id.metric.better, kind: 'regression', floor });
  const outcome = found === 'confirmed' ? 'undecided' : found;
  return tell(outcome, `${words[found]}, against ${before.length} runs on the last level.`, interval);
}

const words = {
  confirmed:
    'suspected of a regression beyond the floor, which one run alone never is (./netvm gate --against COMMIT confirms it)',
  refuted: 'no regression beyond the floor',
  undecided: 'one run of such noise cannot tell',
} as const;

function lastLevel(series: StoredSeries, floor: number): number[] {
  const { changes, absorbed, outliers } = detectIn(series, { minChange: Math.min(floor, 0.02) });
  const from = Math.max(0, ...[...changes, ...absorbed].map(({ index }) => index));
  return series.points.flatMap(({ value }, i) =>
    i < from || value === null || outliers.includes(i) ? [] : [value],
  );
}

/** Of the logarithm of after / before. */
function predicted(before: readonly number[], after: number, alpha: number): readonly [number, number] {
  const logs = before.map(Math.log);
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const reach =
    studentQuantile(1 - alpha, logs.length - 1) * deviation(logs) * Math.sqrt(1 + 1 / logs.length);
  const change = Math.log(after) - mean;
  return [change - reach, change + reach];
}
