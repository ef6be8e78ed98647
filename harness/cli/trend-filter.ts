import { exitCode, UserError } from '../model/errors.ts';
import { cellWords } from '../model/cell.ts';
import type { StoredSeries } from '../model/series.ts';
import { didYouMean } from '../profile/nearest.ts';
import { describe } from '../profile/quantity.ts';
import { plain } from '../report/markup.ts';
import { differencesBetween, knownNames } from '../store/index/index.ts';
import type { Documents, RunIndex, SeriesFilter, SeriesRead } from '../store/index/index.ts';

/** Options of the commands that show series. */
export interface TrendFilter {
  readonly testbed?: string;
  readonly fingerprint?: string;
  readonly settings?: string;
  readonly cell?: string;
  readonly metric?: string;
  readonly runs: string;
}

/** More of a series than this nobody looks at, and a detection takes seconds. */
export const runsLimit = 2_000;

export function runsOf(text: string): number {
  const runs = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : Number.NaN;
  if (runs <= runsLimit) return runs;
  throw new UserError(
    exitCode.badInput,
    `--runs: expected a whole number from 1 to ${runsLimit}, got ${describe(text)}`,
  );
}

/** What the options ask of the index. A name that is in none of its series is bad input, with the nearest one. */
export async function filterOf(index: RunIndex, options: TrendFilter): Promise<SeriesFilter> {
  const { testbed, fingerprint, settings, cell, metric } = options;
  const known = await knownNames(index);
  const filter = {
    ...(testbed !== undefined && { testbed: oneOf('testbed', testbed, known.testbeds) }),
    ...(fingerprint !== undefined && { fingerprint: oneOf('fingerprint', fingerprint, known.fingerprints) }),
    ...(settings !== undefined && { settings: oneOf('settings', settings, known.settings) }),
    ...(cell !== undefined && { cell }),
    ...(metric !== undefined && { metric: oneOf('metric', metric, known.metrics) }),
  };
  return { ...filter, runsMax: runsOf(options.runs) };
}

const namesShown = 10;

function oneOf(option: string, got: string, known: readonly string[]): string {
  if (known.includes(got)) return got;
  const names = known.slice(0, namesShown).map(plain).join(', ');
  const more = known.length > namesShown ? ` and ${known.length - namesShown} more` : '';
  const there = known.length === 0 ? 'there is no run yet' : `expected one of ${names}${more}`;
  throw new UserError(
    exitCode.badInput,
    `--${option}: no run has ${describe(got)}; ${there}${didYouMean(got, known)}`,
  );
}

/** The only one of these series; several are never mixed into one: what tells them apart is said, and how to choose. */
export function requireOne({ series, documents }: SeriesRead): StoredSeries {
  const [first, ...others] = series;
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined)
    throw new UserError(exitCode.badInput, '--csv: no series is left; expected one: ask for less');
  const kinds = new Map<string, string>();
  for (const other of others) {
    for (const [kind, words] of apart(documents, first, other)) if (!kinds.has(kind)) kinds.set(kind, words);
  }
  const differ = [...kinds].map(([kind, words]) => `${kind}: ${words}`).join('; ');
  throw new UserError(
    exitCode.badInput,
    `--csv: expected one series, got ${series.length}; choose one: ${plain(differ)}`,
  );
}

/** Kind of difference, and what it is. */
function apart(known: Documents, { id: a }: StoredSeries, { id: b }: StoredSeries): [string, string][] {
  const change = (kind: string, before: string, after: string): [string, string][] =>
    before === after ? [] : [[kind, `${before} -> ${after}`]];
  const documents = (kind: string, before = '', after = ''): [string, string][] => {
    const differ = differencesBetween(known, before, after).join('; ');
    return before === after ? [] : [[kind, `${differ} (${before} -> ${after})`]];
  };
  const isSameMetric = a.metric.name === b.metric.name;
  return [
    ...change('testbeds differ (--testbed)', a.testbed, b.testbed),
    ...documents('fingerprints differ (--fingerprint)', a.fingerprint, b.fingerprint),
    ...change('cells differ (--cell)', cellWords(a.cell), cellWords(b.cell)),
    ...change('metrics differ (--metric)', a.metric.name, b.metric.name),
    ...change('mixed units', a.metric.unit, b.metric.unit),
    ...(isSameMetric ? documents('settings differ (--settings)', a.settings, b.settings) : []),
  ];
}
