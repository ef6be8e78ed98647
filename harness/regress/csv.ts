import { BadInput } from '../model/errors.ts';
import type { InputProblem } from '../model/errors.ts';
import { didYouMean } from '../profile/nearest.ts';
import { describe } from '../profile/quantity.ts';
import { parseTime } from './csv-time.ts';
import type { ParsedTime } from './csv-time.ts';
import { runsMin } from './series.ts';
import type { Series } from './series.ts';

/** A series as a file gives it. */
export interface SeriesFile extends Series {
  /** Time of each run, as it was written. */
  readonly times: readonly string[];
  /** Of every value, or null where none was written. */
  readonly unit: string | null;
}

/** More than anyone keeps of one cell: 27 years of nights. */
export const runsMax = 10_000;
/** More than so many problems say no more than the first ones. */
const problemsMax = 20;
const columns = ['time', 'value', 'control', 'status'] as const;
type Column = (typeof columns)[number];
const good = ['ok', 'valid'];
/** The harness' own verdicts, and a plain word for all of them. */
const bad = ['failed', 'generator-limited', 'disturbed', 'unbalanced', 'nf-died'];

/**
 * Reads `time,value[,control][,status]`, one run a line, in the order of time. A run that failed (its status says so, or its value is empty) is a gap. Throws BadInput
 * with file:line:column of every problem, up to 20: nothing is guessed.
 */
export function parseSeries(bytes: Uint8Array, file: string): SeriesFile {
  const problems: InputProblem[] = [];
  const report = (line: number, column: number, message: string) => {
    problems.push({ file, line, column, message });
    if (problems.length >= problemsMax) throw new BadInput(problems);
  };
  const lines = textOf(bytes, file)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''));
  while (lines.at(-1) === '') lines.pop();
  const order = header(lines[0] ?? '', report);
  // Without the names of its columns no line means anything.
  if (problems.length > 0) throw new BadInput(problems);
  if (lines.length - 1 > runsMax) {
    report(
      runsMax + 2,
      1,
      `there are ${lines.length - 1} runs; expected at most ${runsMax}: cut the oldest off`,
    );
    throw new BadInput(problems);
  }
  const series = readRuns(lines, order, report);
  const count = series.values.filter((value) => value !== null).length;
  if (problems.length === 0 && count < runsMin) {
    report(lines.length, 1, `not enough data: ${count} of ${runsMin} runs with a value`);
  }
  if (problems.length > 0) throw new BadInput(problems);
  return series;
}

type Report = (line: number, column: number, message: string) => void;

function textOf(bytes: Uint8Array, file: string): string {
  const text = new TextDecoder('utf-8').decode(bytes);
  const bad = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/.exec(text);
  if (bad === null) return text;
  const before = text.slice(0, bad.index).split('\n');
  const what = bad[0] === '\ufffd' ? 'a byte that is no UTF-8' : `the control character U+${hex(bad[0])}`;
  const place = { line: before.length, column: (before.at(-1) ?? '').length + 1 };
  throw new BadInput([{ file, ...place, message: `expected text, got ${what}: is this a CSV file?` }]);
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
}

/** Where each column is; the order is free. */
function header(line: string, report: Report): Readonly<Partial<Record<Column, number>>> {
  const order: Partial<Record<Column, number>> = {};
  const expected = `expected a header such as time,value or time,value,control,status`;
  if (line === '') {
    report(1, 1, `the file is empty; ${expected}`);
    return order;
  }
  for (const [i, cell] of cellsOf(line).entries()) {
    const name = columns.find((column) => column === cell.text);
    if (name === undefined) {
      report(
        1,
        cell.column,
        `unknown column ${describe(cell.text)}; ${expected}${didYouMean(cell.text, columns)}`,
      );
    } else if (order[name] !== undefined)
      report(1, cell.column, `the column ${name} is there twice; ${expected}`);
    else order[name] = i;
  }
  for (const name of ['time', 'value'] as const) {
    if (order[name] === undefined) report(1, 1, `there is no column ${name}; ${expected}`);
  }
  return order;
}

interface Cell {
  readonly text: string;
  /** Counts from 1. */
  readonly column: number;
}

function cellsOf(line: string): Cell[] {
  let column = 1;
  return line.split(',').map((raw) => {
    const cell = {
      text: raw.trim().replace(/^"(.*)"$/, '$1'),
      column: column + (raw.length - raw.trimStart().length),
    };
    column += raw.length + 1;
    return cell;
  });
}

function readRuns(
  lines: readonly string[],
  order: Readonly<Partial<Record<Column, number>>>,
  report: Report,
): SeriesFile {
  const [times, values, control]: [string[], (number | null)[], (number | null)[]] = [[], [], []];
  const width = Object.keys(order).length;
  const valueUnit = unitKeeper(report);
  const controlUnit = unitKeeper(report);
  let last: (ParsedTime & { readonly line: number }) | null = null;
  for (const [i, text] of lines.entries()) {
    if (i === 0) continue;
    const [line, cells] = [i + 1, cellsOf(text)];
    if (cells.length !== width) {
      report(line, 1, `expected ${width} columns as in the header, got ${cells.length}`);
      continue;
    }
    const cell = (name: Column): Cell | null => cells[order[name] ?? -1] ?? null;
    const time = readTime(cell('time'), line, last, report);
    if (time !== null) last = { ...time, line };
    times.push(cell('time')?.text ?? '');
    const isGood = readStatus(cell('status'), line, report);
    const value = valueUnit.read(cell('value'), line, 'value');
    if (isGood === true && value === null && cell('value')?.text === '') {
      report(
        line,
        cell('value')?.column ?? 1,
        'the status is ok but there is no value; expected a number, or the status failed',
      );
    }
    values.push(isGood === false ? null : value);
    control.push(controlUnit.read(cell('control'), line, 'control'));
  }
  return { times, values, unit: valueUnit.unit(), ...(order.control === undefined ? {} : { control }) };
}

function readTime(
  cell: Cell | null,
  line: number,
  last: (ParsedTime & { readonly line: number }) | null,
  report: Report,
): ParsedTime | null {
  if (cell === null) return null;
  const say = (message: string) => report(line, cell.column, `time: ${message}`);
  const time = parseTime(cell.text);
  if (time === null) {
    say(
      `expected a date such as 2026-01-31 or 2026-01-31T02:00:00Z, or a number that grows, got ${describe(cell.text)}`,
    );
    return null;
  }
  if (last === null) return time;
  if (time.form !== last.form)
    say(`expected a ${last.form} as on line ${last.line}, got a ${time.form}: ${describe(cell.text)}`);
  else if (time.order === last.order)
    say(`the run of line ${last.line} has the same time ${cell.text}; expected each run once`);
  else if (time.order < last.order) {
    say(
      `it runs backwards: ${cell.text} is before the time on line ${last.line}; expected the oldest run first (sort the file, or mend the clock)`,
    );
    // The later one stays the mark: one bad clock is one problem.
    return null;
  } else return time;
  return null;
}

/** True for a good run, false for a failed one, null where nothing is said. */
function readStatus(cell: Cell | null, line: number, report: Report): boolean | null {
  if (cell === null) return null;
  if (good.includes(cell.text)) return true;
  if (!bad.includes(cell.text)) {
    report(
      line,
      cell.column,
      `status: expected ${good.join(', ')} for a good run or ${bad.join(', ')} for one that is a gap, got ${describe(cell.text)}${didYouMean(cell.text, [...good, ...bad])}`,
    );
  }
  return false;
}

const quantity =
  /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE]([+-]?[0-9]{1,3}))?(?: *([A-Za-zµ%][A-Za-z0-9µ%/^.-]{0,15}))?$/;

/** Reads numbers above 0, all of one unit. */
function unitKeeper(report: Report) {
  let first: { readonly unit: string; readonly line: number } | null = null;
  return {
    unit: () => (first === null || first.unit === '' ? null : first.unit),
    read(cell: Cell | null, line: number, name: string): number | null {
      if (cell === null || cell.text === '') return null;
      const say = (message: string) => report(line, cell.column, `${name}: ${message}`);
      const match = quantity.exec(cell.text);
      const value = match === null ? Number.NaN : Number(`${match[1]}e${match[2] ?? '0'}`);
      if (!(value >= 1e-30 && value <= 1e30)) {
        say(
          `expected a number above 0, such as 14.2 or 9.8e6 (for a run that failed leave it empty), got ${describe(cell.text)}`,
        );
        return null;
      }
      const unit = match?.[3] ?? '';
      first ??= { unit, line };
      if (unit !== first.unit) {
        say(
          `mixed units: expected ${first.unit === '' ? 'no unit' : first.unit} as on line ${first.line}, got ${describe(cell.text)}`,
        );
      }
      return value;
    },
  };
}
