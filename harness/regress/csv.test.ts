import { describe, expect, test } from 'vitest';
import { BadInput } from '../model/errors.ts';
import { parseSeries, runsMax } from './csv.ts';

const parse = (text: string) => parseSeries(new TextEncoder().encode(text), 's.csv');
/** Six good runs with these lines put in behind the header. */
const rows = [
  '2026-01-01,10',
  '2026-01-02,11',
  '2026-01-03,10',
  '2026-01-04,11',
  '2026-01-05,10',
  '2026-01-06,11',
];
const file = (...lines: string[]) => ['time,value', ...lines].join('\n');

function problems(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof BadInput) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('what is read', () => {
  test('times as they are written, values, gaps', () => {
    const { times, values, unit, control } = parse(
      `${file(...rows, '2026-01-07,', '2026-01-08,1.25e1')}\r\n\n`,
    );
    expect(times).toHaveLength(8);
    expect(values).toEqual([10, 11, 10, 11, 10, 11, null, 12.5]);
    expect({ unit, control }).toEqual({ unit: null, control: undefined });
  });

  test('columns in any order, failed runs as gaps, a unit, quotes, a byte order mark', () => {
    const lines = Array.from({ length: 6 }, (_, i) => `ok,"9.${i} Mpps",${i},14`);
    const { values, unit, control } = parse(
      `\ufeffstatus,value,time,control\n${lines.join('\n')}\nfailed,9.9 Mpps,6,\nnf-died,,7,14`,
    );
    expect(values).toEqual([9, 9.1, 9.2, 9.3, 9.4, 9.5, null, null]);
    expect(unit).toBe('Mpps');
    expect(control).toEqual([14, 14, 14, 14, 14, 14, null, 14]);
  });

  test('times with zones are put in order by what they mean', () => {
    const zoned = [
      ...rows,
      '2026-01-07T01:00:00+02:00,10',
      '2026-01-07 00:30,10',
      '2026-01-06T20:00-05:00,11',
    ];
    expect(parse(file(...zoned)).values).toHaveLength(9);
  });
});

describe('what is refused, with its place', () => {
  test.each<[string, string, string]>([
    ['an empty file', '', 's.csv:1:1: the file is empty; expected a header'],
    ['no header', rows.join('\n'), 's.csv:1:1: unknown column "2026-01-01"'],
    [
      'a misspelt column',
      `time,valeu\n${rows.join('\n')}`,
      's.csv:1:6: unknown column "valeu"; expected a header such as time,value or time,value,control,status; did you mean "value"?',
    ],
    ['a missing column', 'time,status\n1,ok', 's.csv:1:1: there is no column value'],
    ['a column twice', 'time,value,value\n1,2,3', 's.csv:1:12: the column value is there twice'],
    ['no number', file(...rows, '2026-01-07,fast'), 's.csv:8:12: value: expected a number above 0'],
    [
      'a number of another country',
      file(...rows, '2026-01-07,"1,5"'),
      's.csv:8:1: expected 2 columns as in the header, got 3',
    ],
    [
      'a zero, as some write failures',
      file(...rows, '2026-01-07,0'),
      's.csv:8:12: value: expected a number above 0, such as 14.2 or 9.8e6 (for a run that failed leave it empty), got "0"',
    ],
    ['a negative number', file(...rows, '2026-01-07,-4'), 's.csv:8:12: value: expected'],
    ['not a number', file(...rows, '2026-01-07,NaN'), 's.csv:8:12: value: expected'],
    ['infinity', file(...rows, '2026-01-07,1e999'), 's.csv:8:12: value: expected'],
    [
      'mixed units',
      file('1,9 Mpps', '2,9100 kpps'),
      's.csv:3:3: value: mixed units: expected Mpps as on line 2, got "9100 kpps"',
    ],
    ['a unit once', file('1,9', '2,9 Mpps'), 's.csv:3:3: value: mixed units: expected no unit as on line 2'],
    [
      'a clock that runs backwards',
      file(...rows, '2026-01-05T12:00,10'),
      's.csv:8:1: time: it runs backwards: 2026-01-05T12:00 is before the time on line 7',
    ],
    [
      'the same run twice',
      file(...rows, '2026-01-06,10'),
      's.csv:8:1: time: the run of line 7 has the same time 2026-01-06',
    ],
    [
      'the same time in another zone',
      file(...rows, '2026-01-06T02:00+02:00,10'),
      's.csv:8:1: time: the run of line 7 has the same time',
    ],
    ['a day that no calendar has', file(...rows, '2026-02-30,10'), 's.csv:8:1: time: expected a date'],
    ['no time', file(...rows, ',10'), 's.csv:8:1: time: expected a date'],
    [
      'times of two forms',
      file(...rows, '7,10'),
      's.csv:8:1: time: expected a date as on line 7, got a number: "7"',
    ],
    ['too few columns', file(...rows, '2026-01-07'), 's.csv:8:1: expected 2 columns as in the header, got 1'],
    [
      'an unknown status',
      'time,value,status\n1,2,faild',
      's.csv:2:5: status: expected ok, valid for a good run or failed',
    ],
    ['ok without a value', 'time,value,status\n1,,ok', 's.csv:2:3: the status is ok but there is no value'],
    ['too few runs', file(...rows.slice(0, 3)), 's.csv:4:1: not enough data: 3 of 6 runs with a value'],
    [
      'too few runs that did not fail',
      file(...rows.slice(0, 5), '2026-01-07,'),
      's.csv:7:1: not enough data: 5 of 6 runs',
    ],
    ['a NUL byte', file('1,2', '2,\u00003'), 's.csv:3:3: expected text, got the control character U+0000'],
    [
      'too many runs',
      `time,value\n${'1,1\n'.repeat(runsMax + 1)}`,
      `s.csv:${runsMax + 2}:1: there are ${runsMax + 1} runs; expected at most ${runsMax}`,
    ],
  ])('%s', (_name, text, message) => {
    expect(problems(text)[0]?.slice(0, message.length)).toBe(message);
  });

  test('bytes that are no text', () => {
    expect(() => parseSeries(Uint8Array.of(0x74, 0x0a, 0xff, 0xfe), 's.csv')).toThrow(
      's.csv:2:1: expected text, got a byte that is no UTF-8',
    );
  });

  test('every problem is told, but not without end; one bad clock is one problem', () => {
    expect(problems(file('3,1', '1,1', '4,x', '5,1', '6,0'))).toHaveLength(3);
    expect(problems(file(...Array.from({ length: 500 }, (_, i) => `${i},x`)))).toHaveLength(20);
  });
});
