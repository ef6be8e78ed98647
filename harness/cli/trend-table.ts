import { cellWords } from '../model/cell.ts';
import type { StoredSeries } from '../model/series.ts';
import type { ArchiveProblem } from '../store/verify.ts';
import { commitRangeWords } from '../regress/commit-range.ts';
import { stateOf, stateWords } from '../regress/state.ts';
import type { SeriesState } from '../regress/state.ts';
import type { SuspicionOptions } from '../regress/suspicions.ts';
import { amountText, changeText } from '../report/amount.ts';
import { plain, plainLines } from '../report/markup.ts';
import { blockSparkline } from '../report/sparkline.ts';
import { groupsOf, variantsOf } from '../store/index/index.ts';
import type { SeriesGroup, SeriesRead, Variant } from '../store/index/index.ts';
import { table } from './table.ts';

/** Characters of a sparkline: a month of nights. */
const sparklineRuns = 30;

/** All series, a line each, grouped by what can be compared. */
export function trendTable({ series, documents }: SeriesRead, options: SuspicionOptions): string {
  if (series.length === 0) return 'no series: there is no run with a figure that was asked for';
  const groups = groupsOf(documents, series).map((group) => {
    const variants = variantsOf(documents, group);
    const rows = group.series.map((one) => {
      const variant = variants.get(one.id.settings ?? '');
      return row(one, stateOf(one, options), variant === undefined ? '' : ` [${variant.number}]`);
    });
    const notes = [...variants.values()].map(note).join('');
    return `${heading(group)}\n\n${table(['cell', 'metric', 'runs', 'last', 'trend', 'state'], rows)}${notes}`;
  });
  const least = `${Number((100 * options.minChange).toPrecision(6))} %`;
  return `${groups.join('\n\n')}\n\nA change of ${least} or more that lasts for 3 runs is one; of a trend the newest run is on the right, · is a run without a valid figure.`;
}

function heading({ testbed, fingerprint, host, firstAt, differences }: SeriesGroup): string {
  const changed = differences.length === 0 ? '' : `\nfingerprints differ: ${differences.join('; ')}`;
  return plainLines(
    `testbed ${testbed}, fingerprint ${fingerprint}, since ${firstAt.slice(0, 10)}: ${host}${changed}`,
  );
}

function note({ number, settings, differences }: Variant): string {
  return `\n[${number}] with other settings (--settings ${settings}): ${plain(differences.join('; '))}`;
}

function row(series: StoredSeries, state: SeriesState, more: string): string[] {
  const { cell, metric } = series.id;
  const { last, runs, values } = state;
  return [
    plain(`${cellWords(cell)}${more}`),
    metric.name,
    values === runs ? String(runs) : `${values} of ${runs}`,
    amountOf(last?.value ?? null, metric.unit),
    blockSparkline(
      series.points.map((point) => point.value),
      sparklineRuns,
    ),
    plain(sinceWords(state)),
  ];
}

function amountOf(value: number | null, unit: string): string {
  return value === null ? '-' : amountText(value, unit);
}

/** `regressed -5.1 % since 2026-01-21 (c19..c20)`. */
function sinceWords(state: SeriesState): string {
  const words = stateWords(state);
  if (state.change === null) return words;
  const { change, firstAfter } = state.change;
  const size = changeText(change.relativeChange);
  return `${words} ${size} since ${firstAfter.startedAt.slice(0, 10)} (${commitRangeWords(state.change)})`;
}

/** The same for programs. */
export function trendJson(
  { series, documents }: SeriesRead,
  problems: readonly ArchiveProblem[],
  options: SuspicionOptions,
) {
  return {
    groups: groupsOf(documents, series).map(({ series: members, ...group }) => ({
      ...group,
      series: members.map((one) => {
        const { name, values, runs, lastFailed, last, suspicions, absorbed } = stateOf(one, options);
        const changes = suspicions.map(({ change, lastBefore, firstAfter }) => ({
          ...change,
          lastBefore,
          firstAfter,
        }));
        const { cell, metric, settings } = one.id;
        const words = cellWords(cell);
        return {
          cell,
          words,
          metric,
          settings,
          state: name,
          values,
          runs,
          lastFailed,
          last,
          changes,
          absorbed,
        };
      }),
    })),
    problems,
  };
}
