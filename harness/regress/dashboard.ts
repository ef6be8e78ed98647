import { cellWords } from '../model/cell.ts';
import type { StoredSeries } from '../model/series.ts';
import { dashboardStates } from '../report/dashboard/model.ts';
import type { DashboardRow } from '../report/dashboard/model.ts';
import { commitRangeWords } from './commit-range.ts';
import { stateOf, stateWords } from './state.ts';
import type { Suspicion } from './suspicion.ts';
import type { SuspicionOptions } from './suspicions.ts';

/** Rows of the dashboard, what needs a look first: regressions before all, larger changes before smaller ones. `noteOf` is appended to a cell's words. */
export function dashboardRows(
  series: readonly StoredSeries[],
  options: SuspicionOptions,
  noteOf: (series: StoredSeries) => string,
): DashboardRow[] {
  const rows = series.map((one): DashboardRow => {
    const state = stateOf(one, options);
    const { cell, metric } = one.id;
    const newest = one.points.at(-1);
    return {
      cell: `${cellWords(cell)}${noteOf(one)}`,
      metric: metric.name,
      unit: metric.unit,
      values: one.points.map((point) => point.value),
      state: state.name,
      stateWords: stateWords(state),
      change: state.change === null ? null : changeOf(state.change),
      newest: { startedAt: newest?.startedAt ?? '', archive: newest?.archive ?? null },
    };
  });
  const rank = ({ state }: DashboardRow) => dashboardStates.indexOf(state);
  const size = ({ change }: DashboardRow) => Math.abs(change?.relativeChange ?? 0);
  return rows.toSorted((a, b) => rank(a) - rank(b) || size(b) - size(a));
}

function changeOf(suspicion: Suspicion): DashboardRow['change'] {
  const { change, lastBefore, firstAfter } = suspicion;
  const [before, after] = [lastBefore.commit, firstAfter.commit];
  return {
    index: change.index,
    relativeChange: change.relativeChange,
    since: firstAfter.startedAt,
    range: commitRangeWords(suspicion),
    commits: before === null || after === null || before === after ? null : { before, after },
  };
}
