import type { JunitCase } from '../alert/junit.ts';
import { duration, whole } from '../report/format.ts';
import { escapeMarkdown as markdown, markdownRow as row } from '../report/markdown-text.ts';
import { plain } from '../report/markup.ts';
import { cellTitle } from '../regress/gate.ts';
import type { GateCell, GateReport, SideOfGate } from '../regress/gate.ts';
import { table } from './table.ts';

/** A gate's outcome in a terminal. Names come from commits and archives of anybody. */
export function gateTable(report: GateReport): string {
  const rows = report.cells.map((cell) =>
    [cellTitle(cell), ...figures(cell), verdict(cell, report.floor)].map(plain),
  );
  return [
    `${sideText(report.before)} against ${sideText(report.after)}, ${report.profile}, ${report.rounds} of at most ${report.roundsMax} rounds`,
    '',
    ...table(head, rows).split('\n'),
    '',
    ...notes(report),
    report.reason,
  ]
    .map(plain)
    .join('\n');
}

/** The same as a comment to a pull request. */
export function gateMarkdown(report: GateReport): string {
  const sign = { passed: '✅', regression: '❌', undecided: '❔' }[report.outcome];
  const lines = report.cells.map((cell) =>
    row([cellTitle(cell), ...figures(cell), verdict(cell, report.floor)].map(markdown)),
  );
  const confidence = report.cells[0]?.confidence;
  const method =
    confidence === undefined
      ? ''
      : ` Intervals hold with ${Number((confidence * 100).toPrecision(4))} % confidence, at every look; noise is of one measurement.`;
  return [
    `### ${sign} ${markdown(report.reason)}`,
    '',
    `${markdown(sideText(report.before))} against ${markdown(sideText(report.after))}: profile ${markdown(report.profile)}, floor ${percentShort(report.floor)}, ${report.rounds} of at most ${report.roundsMax} rounds, ${duration(report.elapsedMs * 1e6)}.${method}`,
    '',
    row(head),
    row(head.map((_, i) => (i === 0 || i === head.length - 1 ? '---' : '---:'))),
    ...lines,
    '',
    ...notes(report).map((note) => `- ${markdown(note)}`),
    '',
  ].join('\n');
}

/** For a CI server: a regression fails, what is undecided is skipped (and fails with `isStrict`). */
export function gateCases({ cells, elapsedMs }: GateReport, isStrict: boolean): JunitCase[] {
  // All cells are measured in the same runs: each gets an equal part of the time.
  const seconds = elapsedMs / 1000 / Math.max(1, cells.length);
  return cells.map((cell) => ({
    name: cellTitle(cell),
    outcome: junitOutcome(cell, isStrict),
    ...(cell.outcome === 'refuted' ? {} : { message: cell.reason }),
    seconds,
  }));
}

const head = ['cell', 'before', 'after', 'change', 'interval', 'noise', 'verdict'];

function figures({ before, after, relativeChange, interval, noise, metric }: GateCell): string[] {
  return [
    amount(before, metric.unit),
    amount(after, metric.unit),
    relativeChange === null ? '-' : signed(relativeChange),
    interval === null ? '-' : `${signed(interval[0])} to ${signed(interval[1])}`,
    before === null ? '-' : percentShort(noise),
  ];
}

function verdict({ outcome, interval, metric }: GateCell, floor: number): string {
  switch (outcome) {
    case 'confirmed':
      return `regression, beyond ${percentShort(floor)}`;
    case 'failed':
      return 'fails';
    case 'incomparable':
      return 'cannot be compared';
    case 'undecided':
      return 'cannot tell';
    case 'refuted': {
      const isBetter = interval !== null && (metric.better === 'higher' ? interval[0] > 0 : interval[1] < 0);
      return isBetter ? 'better' : 'no regression';
    }
  }
}

/** What a reader must know besides the table, a line each. */
function notes({ cells, repeated }: GateReport): string[] {
  return [
    ...cells
      .filter(({ outcome }) => outcome !== 'refuted')
      .map((cell) => `${cellTitle(cell)}: ${cell.reason}`),
    ...repeated.map(
      ({ round, repeats, reason }) =>
        `Round ${round + 1} was repeated ${repeats === 1 ? 'once' : `${repeats} times`}: ${reason}`,
    ),
  ];
}

function junitOutcome({ outcome }: GateCell, isStrict: boolean): JunitCase['outcome'] {
  if (outcome === 'refuted') return 'passed';
  if (outcome === 'confirmed' || outcome === 'failed') return 'failed';
  return isStrict ? 'failed' : 'skipped';
}

function sideText({ name, commit, isDirty }: SideOfGate): string {
  const id = commit === null ? '' : ` (${commit.slice(0, 10)}${isDirty ? ' with changes' : ''})`;
  return `${name}${id}`;
}

export function amount(value: number | null, unit: string): string {
  if (value === null) return '-';
  if (unit === 'pps') return `${(value / 1e6).toFixed(2)} Mpps`;
  if (unit === 'ns') return duration(value);
  return unit === 'ratio' ? value.toExponential(2) : `${whole(value)} ${unit}`;
}

export function signed(share: number): string {
  return `${share < 0 ? '-' : '+'}${Math.abs(share * 100).toFixed(1)} %`;
}

export function percentShort(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
