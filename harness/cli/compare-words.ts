import { cellWords } from '../model/cell.ts';
import type { ComparedRun, FigureComparison, RunComparison } from '../model/comparison.ts';
import { cellTitle } from '../regress/gate.ts';
import { emulatedMark, wholeName } from '../model/comparison-words.ts';
import { isBetter } from '../regress/compare/words.ts';
import { escapeMarkdown as markdown, markdownRow as row } from '../report/markdown-text.ts';
import { plain } from '../report/markup.ts';
import { provenanceMeaning } from '../report/words.ts';
import { amount, signed } from './gate-words.ts';
import { table } from './table.ts';

/** A comparison in a terminal. Names come from archives of anybody. */
export function comparisonTable(comparison: RunComparison): string {
  const rows = comparison.figures.map((figure) => figureCells(figure).map(plain));
  return [
    ...sides(comparison),
    '',
    ...changes(comparison),
    '',
    ...table(head, rows).split('\n'),
    ...overall(comparison).flatMap((line) => ['', line]),
    '',
    ...notes(comparison),
    comparison.conclusion,
  ]
    .map(plain)
    .join('\n');
}

/** The same as a comment to a pull request. */
export function comparisonMarkdown(comparison: RunComparison): string {
  const list = (lines: readonly string[]) => lines.map((line) => `- ${markdown(line)}`);
  return [
    `### ${markdown(comparison.conclusion)}`,
    '',
    ...list(sides(comparison)),
    ...list(changes(comparison)),
    ...list(overall(comparison)),
    '',
    row(head),
    row(head.map((_, i) => (i === 0 || i === head.length - 1 ? '---' : '---:'))),
    ...comparison.figures.map((figure) => row(figureCells(figure).map(markdown))),
    '',
    ...list(notes(comparison)),
    '',
  ].join('\n');
}

const head = [
  'cell',
  'A',
  'B',
  'B / A',
  'interval',
  "Cliff's d",
  'generator',
  'cores ns',
  'would show',
  'verdict',
];

function figureCells(figure: FigureComparison): string[] {
  const { a, b, ratio, interval, effect, metric, controlRatio, showable } = figure;
  return [
    titleOf(figure),
    amount(a.value, metric.unit),
    amount(b.value, metric.unit),
    ratioText(ratio),
    interval === null
      ? '-'
      : `${ratioText(interval.low)} to ${interval.high === null ? 'any' : ratioText(interval.high)}`,
    effect === null ? '-' : effect.cliffsDelta.toFixed(2),
    ratioText(controlRatio),
    showable === null ? 'nothing' : `${signed(showable.down)} or ${signed(showable.up)}`,
    verdictText(figure),
  ];
}

function titleOf(figure: FigureComparison): string {
  return `${cellTitle(figure)}${emulatedMark(figure)}`;
}

function verdictText(figure: FigureComparison): string {
  switch (figure.verdict) {
    case 'different':
      return isBetter(figure) ? 'better' : 'worse';
    case 'suspected':
      return isBetter(figure) ? 'perhaps better' : 'perhaps worse';
    case 'no-difference':
      return 'no difference that this data can show';
    case 'machine':
      return "the machine's";
    case 'not-compared':
      return 'not compared';
  }
}

function sides({ a, b }: RunComparison): string[] {
  const side = (name: string, runs: readonly ComparedRun[]) => runs.map((run) => `${name}: ${runText(run)}`);
  return [...side('A', a), ...side('B', b)];
}

function runText({ name, testbed, commit, isDirty, ceilingPps, startedAt }: ComparedRun): string {
  const id = `${commit === null ? 'unknown commit' : commit.slice(0, 10)}${isDirty ? ' with changes' : ''}`;
  return `${name} (${id}, ${testbed}, ${startedAt}, generator alone ${amount(ceilingPps, 'pps')})`;
}

function changes({ changed: { commit, machine, settings } }: RunComparison): string[] {
  const line = (what: string, list: readonly string[]) =>
    `${what}: ${list.length === 0 ? 'the same' : list.join('; ')}`;
  return [
    line('Commit', commit),
    line('Machine', machine),
    line('Settings', settings),
    ...(machine.length + settings.length === 0
      ? []
      : ['They were not measured alike: a difference may come of that.']),
  ];
}

function overall({ overall: wholes }: RunComparison): string[] {
  return wholes.map(({ ratio, interval, reason, ...rest }) => {
    const range =
      interval === null
        ? ''
        : ` (${ratioText(interval.low)} to ${interval.high === null ? 'any' : ratioText(interval.high)})`;
    return `${wholeName(rest)}: ${ratioText(ratio)}${range}, ${reason}`;
  });
}

/** What a reader must know besides the table, a line each. */
function notes({ figures, onlyInA, onlyInB, twiceInA, twiceInB, a, b, confidence }: RunComparison): string[] {
  const bases = [...new Set(figures.flatMap(({ interval }) => interval?.restsOn ?? []))];
  const only = (name: string, cells: RunComparison['onlyInA']) =>
    cells.map((cell) => `Only in ${name}: ${cellWords(cell)}`);
  const twice = (name: string, cells: RunComparison['twiceInA']) =>
    cells.map((cell) => `Measured twice in a run of ${name}, so not counted in it: ${cellWords(cell)}`);
  return [
    ...bases.map((basis) => `Intervals rest on ${basis}.`),
    `They hold with ${Number((confidence * 100).toPrecision(4))} % each; verdicts with as much for all figures together. "Would show" is what four of five such comparisons would have seen.`,
    ...reasons(figures),
    ...disturbed(figures),
    ...only('A', onlyInA),
    ...only('B', onlyInB),
    ...twice('A', twiceInA),
    ...twice('B', twiceInB),
    ...emulated(figures),
    ...[...a, ...b].flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`)),
  ];
}

/** Why a figure is not as the others: each reason once, with the cells that it holds for. */
function reasons(figures: readonly FigureComparison[]): string[] {
  const told = figures.filter(
    ({ verdict, reason }) => verdict !== 'no-difference' || reason.includes('leaves out 1'),
  );
  return [...Map.groupBy(told, ({ reason }) => reason)].map(([reason, these]) => {
    const byCell = [...new Set(these.map((figure) => `${cellWords(figure.cell)}${emulatedMark(figure)}`))];
    const [first] = these;
    return these.length === 1 && first !== undefined
      ? `${titleOf(first)}: ${reason}`
      : `${byCell.join('; ')}: ${reason}`;
  });
}

function emulated(figures: readonly FigureComparison[]): string[] {
  return figures.some((figure) => emulatedMark(figure) !== '')
    ? [`Emulated: ${provenanceMeaning('emulated')}`]
    : [];
}

/** Of all trials, how many were disturbed: what noise there was. */
function disturbed(figures: readonly FigureComparison[]): string[] {
  const cells = new Map(figures.map(({ cell, a, b }) => [cellWords(cell), { a, b }]));
  const share = (side: 'a' | 'b') => {
    const all = [...cells.values()].map((one) => one[side]);
    const trials = all.reduce((sum, { trials }) => sum + trials, 0);
    const bad = all.reduce((sum, { trialsDisturbed }) => sum + trialsDisturbed, 0);
    return trials === 0 ? '-' : `${Math.round((100 * bad) / trials)} %`;
  };
  return [`Disturbed trials: ${share('a')} in A, ${share('b')} in B.`];
}

function ratioText(ratio: number | null): string {
  if (ratio === null) return '-';
  return ratio >= 0.01 && ratio < 1000 ? ratio.toFixed(ratio < 10 ? 3 : 1) : ratio.toExponential(1);
}
