import { z } from 'zod';

/** A time of a profile, such as `250 ms`; in milliseconds. */
export function duration(least: string, most: string) {
  return quantity('a time', '250 ms', durationUnitsMs, least, most);
}

/** A share, such as `2 %`; 0 to 1. */
export function share(least: string, most: string) {
  return quantity('a share', '2 %', shareUnits, least, most);
}

/** A bit rate, such as `10 Gbit/s`, or `unpaced` for no limit; in bit/s, 0 for unpaced. */
export function bitRate(least: string, most: string) {
  return quantity('a rate', '10 Gbit/s', bitRateUnitsBps, least, most, { unpaced: 0 });
}

/** A packet rate, such as `1 Mpps`; in packets per second. */
export function packetRate(least: string, most: string) {
  return quantity('a packet rate', '1 Mpps', packetRateUnits, least, most);
}

type Units = Readonly<Record<string, number>>;

const durationUnitsMs: Units = { us: 1e-3, ms: 1, s: 1e3, min: 60e3 };
const shareUnits: Units = { '%': 0.01 };
const packetRateUnits: Units = { pps: 1, kpps: 1e3, Mpps: 1e6 };
const bitRateUnitsBps: Units = { 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9 };

/**
 * A number with its unit, in one text. The unit is required: a bare number in a file means something else to
 * everyone who reads it.
 */
function quantity(
  kind: string,
  example: string,
  units: Units,
  least: string,
  most: string,
  words: Readonly<Record<string, number>> = {},
) {
  const names = Object.keys(units);
  const expected = `expected ${kind} with its unit, for example ${example} (units: ${names.join(', ')}${Object.keys(
    words,
  )
    .map((word) => `; or "${word}"`)
    .join('')})`;
  const alternatives = [
    `[0-9]+(\\.[0-9]+)? ?(${names.map((name) => name.replace('/', '\\/')).join('|')})`,
    ...Object.keys(words),
  ];
  const leastValue = parse(least, units, words);
  const mostValue = parse(most, units, words);
  return z
    .string({ error: (issue) => `${expected}, got ${describe(issue.input)}` })
    .max(32, { error: `${expected}, got a longer text`, abort: true })
    .regex(new RegExp(`^(${alternatives.join('|')})$`), {
      error: ({ input }) => {
        const isNegative = typeof input === 'string' && /^-[0-9]/.test(input);
        return `${isNegative ? `expected ${kind} from ${least} to ${most}` : expected}, got ${describe(input)}`;
      },
    })
    .transform((text, context) => {
      const value = parse(text, units, words);
      if (!(text in words) && (value < leastValue || value > mostValue)) {
        context.addIssue(`expected ${kind} from ${least} to ${most}, got ${text}`);
        return z.NEVER;
      }
      return value;
    });
}

/** What was found, in words: for messages. */
export function describe(input: unknown): string {
  if (input === null || input === undefined) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a mapping';
  if (typeof input === 'string')
    return JSON.stringify(input.length > 40 ? `${input.slice(0, 40)}...` : input);
  return typeof input === 'number' || typeof input === 'boolean'
    ? `the ${typeof input} ${input}`
    : typeof input;
}

function parse(text: string, units: Units, words: Readonly<Record<string, number>>): number {
  const word = words[text];
  if (word !== undefined) return word;
  const match = /^([0-9.]+) ?(.+)$/.exec(text);
  const scale = units[match?.[2] ?? ''];
  if (match === null || scale === undefined) return Number.NaN;
  // 12 digits: 2 * 0.01 is to be 0.02 and nothing beside it.
  return Number((Number(match[1]) * scale).toPrecision(12));
}
