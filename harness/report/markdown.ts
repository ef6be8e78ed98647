import { framesOf } from '../model/frames.ts';
import { figureText } from './figures.ts';
import { chainLength, duration, mpps, mppsUnit } from './format.ts';
import { escapeMarkdown } from './markdown-text.ts';
import type { Report } from './html.ts';
import { notesMax } from './limits.ts';
import { boundsOf, type CellRow, cellRows, type RunSource } from './source.ts';
import { provenanceMeaning, wireText } from './words.ts';

/** A comment on GitHub may have 65,536 characters; bytes are never fewer. */
export const markdownBytesMax = 60_000;
/** What of that the table may take; the readings come after it. */
const tableBytesMax = 40_000;
/** A text out of an archive, such as a chain of 32 NFs, has its place. */
const textLettersMax = 240;

/** The summary of a report for a pull request: the result, a table, what the charts say, what is not valid, and where it is from. */
export function reportMarkdown(report: Report): string {
  const rows = cellRows(report.sources);
  const table = withinBytes(rows.map(tableRow), tableBytesMax);
  const left = rows.length - table.length;
  const provenances = [...new Set(rows.map(({ result }) => result.provenance))];
  const start = [
    `### ${text(report.title)}`,
    '',
    ...provenances.map((provenance) => `**${provenance}.** ${provenanceMeaning(provenance)}`),
    '',
    ...(rows.length === 0
      ? []
      : [line(head.map(([title]) => title)), line(head.map(([, align]) => align)), ...table]),
    ...(left > 0 ? ['', `${left} more cells are in the report.`] : []),
    '',
  ];
  const middle = [
    ...section('Not valid', notValid(rows)),
    ...section(
      'What the charts say',
      report.figures.map(({ label, reading }) => `**${text(label)}**: ${text(reading, 1000)}`),
    ),
  ];
  const end = section('Where it is from', report.sources.slice(0, notesMax).flatMap(origin));
  const shown = withinBytes(middle, markdownBytesMax - bytesOf([...start, ...end]) - 100);
  const cut = shown.length < middle.length ? ['- … and more, in the report.', ''] : [];
  return `${[...start, ...shown, ...cut, ...end].join('\n').trimEnd()}\n`;
}

const head = [
  ['Data plane', '---'],
  ['Chain', '---'],
  ['Frames', '---'],
  ['Found', '---:'],
  ['Bounds', '---:'],
  ['p50 at 50 %', '---:'],
  ['p99 at 50 %', '---:'],
  ['Verdict', '---'],
] as const;

function tableRow(row: CellRow): string {
  const { cell, throughput, figures, latencyNs, verdict } = row.result;
  const at50 = latencyNs['50'];
  const { lowerPps, upperPps } = boundsOf(row);
  const found =
    throughput !== null ? mppsUnit(throughput.pps) : figures === undefined ? 'none' : figureText(figures);
  return line([
    text(row.series),
    text(chainLength(cell.nfs.length)),
    text(framesOf(cell).short),
    text(found),
    throughput === null ? '–' : `${mpps(lowerPps)} to ${mpps(upperPps)}`,
    at50 === undefined ? '–' : duration(at50.p50),
    at50 === undefined ? '–' : duration(at50.p99),
    verdict === 'valid' ? verdict : `**${text(verdict)}**`,
  ]);
}

function notValid(rows: readonly CellRow[]): string[] {
  const bad = rows.filter(({ result }) => result.verdict !== 'valid');
  const shown = bad.slice(0, notesMax).map(({ series, result: { cell, verdict, reason } }) => {
    const why = reason === null ? '' : `: ${text(reason)}`;
    return `${text(series)}, ${chainLength(cell.nfs.length)}, ${text(framesOf(cell).short)} is **${text(verdict)}**${why}`;
  });
  return bad.length > notesMax ? [...shown, `and ${bad.length - notesMax} more`] : shown;
}

/** Two lines a run. */
function origin(source: RunSource): string[] {
  const { run, facts } = source;
  const hosts = facts.map((host) => {
    const commit =
      host.gitCommit === null
        ? 'unknown'
        : `${host.gitCommit.slice(0, 12)}${host.gitDirty ? ' with changes' : ''}`;
    return `${text(host.cpuModel)}, commit ${text(commit)}`;
  });
  const where = [
    `run ${text(run.id)}`,
    text(run.startedAt.slice(0, 16).replace('T', ' ')),
    `testbed ${text(run.testbed)}`,
    wireText(source),
    ...hosts,
  ];
  const state = run.status === 'complete' ? '' : ` The run is **${text(run.status)}**.`;
  return [`${where.join(', ')}.${state}`, `Made by <code>${text(run.command, 500)}</code>`];
}

function section(title: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [`#### ${title}`, ...entries.map((entry) => `- ${entry}`), ''];
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** As many of the lines, from the first on, as fit. */
function withinBytes(lines: readonly string[], max: number): string[] {
  let used = 0;
  const end = lines.findIndex((one) => (used += Buffer.byteLength(one) + 1) > max);
  return end === -1 ? [...lines] : lines.slice(0, end);
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, one) => sum + Buffer.byteLength(one) + 1, 0);
}

/** A text of anybody's in its place. */
function text(of: string, lettersMax = textLettersMax): string {
  const whole = of.toWellFormed();
  return escapeMarkdown(
    whole.length <= lettersMax ? whole : `${whole.slice(0, lettersMax - 1).toWellFormed()}…`,
  );
}
