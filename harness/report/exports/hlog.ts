import { basename } from 'node:path';
import type { Histogram } from 'hdr-histogram-js';
import { exitCode, UserError } from '../../model/errors.ts';
import { decodeHistogram } from '../../store/hlog.ts';
import { plain } from '../markup.ts';

/** One interval of a histogram log: values in ns, times in seconds since the epoch. */
export interface Interval {
  readonly startSec: number;
  readonly lengthSec: number;
  /** As the log has it, in ms. */
  readonly max: string;
  /** HdrHistogram's compressed form, base64. */
  readonly payload: string;
  readonly histogram: Histogram;
}

export interface Hlog {
  /** Lines of comment, without their `#`. */
  readonly comments: readonly string[];
  readonly intervals: readonly Interval[];
}

/** Ours have one interval of some kilobytes. */
const textMax = 4 << 20;
const intervalsMax = 1_000;

const line = /^(?:Tag=[^, ]+,)?([0-9.]+),([0-9.]+),([0-9.]+),([A-Za-z0-9+/]+={0,2})$/;

/** Reads a log in HdrHistogram's format, every histogram of it. Throws UserError (2) with the file and line where it is something else. */
export function parseHlog(file: string, text: string): Hlog {
  if (text.length > textMax) throw bad(file, `has more than ${textMax} characters`);
  const lines = text.split(/\r?\n/).filter((one) => one !== '');
  const comments = lines.filter((one) => one.startsWith('#')).map((one) => one.slice(1));
  const rows = lines.flatMap((one, i) => (/^["#]/.test(one) ? [] : [{ one, place: `${file}:${i + 1}` }]));
  if (rows.length > intervalsMax) throw bad(file, `has more than ${intervalsMax} intervals`);
  const intervals = rows.map(({ one, place }): Interval => {
    const [, start, length, max, payload] = line.exec(one) ?? [];
    if (max === undefined || payload === undefined)
      throw bad(place, 'is no interval: expected start,length,max,histogram');
    return {
      startSec: Number(start),
      lengthSec: Number(length),
      max,
      payload,
      histogram: decoded(place, payload),
    };
  });
  return { comments, intervals };
}

function decoded(place: string, payload: string): Histogram {
  const histogram = decodeHistogram(payload);
  if (histogram !== null) return histogram;
  throw bad(place, 'has no histogram that can be decoded: it is torn, or larger than ours are');
}

/**
 * The same log as readers of the format expect it: with the start time in its head, and each interval tagged with the name of the log, so that several can be put into one.
 */
export function standardHlog(file: string, text: string, runId: string): string {
  const { comments, intervals } = parseHlog(file, text);
  const ours = comments.filter((comment) => !/^\[(Histogram log format|StartTime|BaseTime)/.test(comment));
  const startSec =
    intervals.length === 0 ? null : Math.min(...intervals.map((interval) => interval.startSec));
  const head = [
    '#[Histogram log format version 1.3]',
    ...(startSec === null
      ? []
      : [
          `#[StartTime: ${startSec.toFixed(3)} (seconds since epoch), ${new Date(1000 * startSec).toISOString()}]`,
        ]),
    // Times of intervals are since the epoch, too.
    '#[BaseTime: 0.000 (seconds since epoch)]',
    `#[Run: ${plain(runId)}]`,
    '#[Values in ns; Interval_Max in ms]',
    ...ours.map((comment) => `#${plain(comment)}`),
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
  ];
  const tag = tagOf(file);
  const rows = intervals.map(
    ({ startSec: start, lengthSec, max, payload }) =>
      `Tag=${tag},${start.toFixed(3)},${lengthSec.toFixed(3)},${max},${payload}`,
  );
  return [...head, ...rows].map((one) => `${one}\n`).join('');
}

/** Without the signs that end a tag. */
function tagOf(file: string): string {
  return plain(basename(file, '.hlog')).replaceAll(/[,\s]/g, '_');
}

function bad(place: string, reason: string): UserError {
  return new UserError(exitCode.badInput, `${place} ${reason}.`);
}
