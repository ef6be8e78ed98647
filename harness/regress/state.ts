import type { SeriesPoint, StoredSeries } from '../model/series.ts';
import type { DashboardState } from '../report/dashboard/model.ts';
import type { Change } from './detect.ts';
import { runsMin } from './series.ts';
import type { Suspicion } from './suspicion.ts';
import { detectIn, suspicionsFrom } from './suspicions.ts';
import type { SuspicionOptions } from './suspicions.ts';

/** How a series stands: by its last change of level, however long ago that was. */
export interface SeriesState {
  readonly name: DashboardState;
  /** Runs with a value, and runs in all. */
  readonly values: number;
  readonly runs: number;
  /** The newest runs, one after the other, without a value. */
  readonly lastFailed: number;
  /** The newest run with a value; null where there is none. */
  readonly last: SeriesPoint | null;
  /** The newest change; null where the level has not changed. */
  readonly change: Suspicion | null;
  /** All of them, and shifts of the testbed, oldest first. */
  readonly suspicions: readonly Suspicion[];
  readonly absorbed: readonly Change[];
}

export function stateOf(series: StoredSeries, options: SuspicionOptions): SeriesState {
  const { points } = series;
  const values = points.filter((point) => point.value !== null).length;
  const newest = points.findLastIndex((point) => point.value !== null);
  const detection = detectIn(series, options);
  const suspicions = suspicionsFrom(series, detection);
  const change = suspicions.at(-1) ?? null;
  return {
    name: values < runsMin ? 'not enough data' : nameOf(change),
    values,
    runs: points.length,
    lastFailed: points.length - 1 - newest,
    last: points[newest] ?? null,
    change,
    suspicions,
    absorbed: detection.absorbed,
  };
}

function nameOf(change: Suspicion | null): DashboardState {
  if (change === null) return 'steady';
  return change.change.kind === 'regression' ? 'regressed' : 'improved';
}

/** `not enough data: 3 of 6`, or the state's name; and how many of the newest runs failed. */
export function stateWords({ name, values, lastFailed }: SeriesState): string {
  const state = name === 'not enough data' ? `${name}: ${values} of ${runsMin}` : name;
  if (lastFailed === 0) return state;
  return `${state}; the last ${lastFailed === 1 ? 'run has' : `${lastFailed} runs have`} no value`;
}
