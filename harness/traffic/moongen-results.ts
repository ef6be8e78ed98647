import { z } from 'zod';

/** What the scripts of native/moongen say and write, as hostile as anything from outside. */

const count = z.number().int().nonnegative();
const rate = z.number().nonnegative();
const load = z.object({ pps: rate, sent: count, received: count, seconds: z.number().positive() });
const results = {
  load,
  latency: load.extend({ samples: count }),
  rfc2544: z.object({ frame: count, lowerPps: rate, upperPps: rate }),
};
export type MoongenKind = keyof typeof results;
export type MoongenResult<Kind extends MoongenKind> = z.infer<(typeof results)[Kind]>;

/** Reads the one line `netvm KIND {...}` among all that MoonGen says. Throws where it is not there, there twice, or not as expected. */
export function readResult<Kind extends MoongenKind>(kind: Kind, said: string): MoongenResult<Kind> {
  const lines = said.split('\n').filter((line) => line.startsWith(`netvm ${kind} {`));
  const [line] = lines;
  if (line === undefined || lines.length > 1) {
    throw new Error(`MoonGen: expected one line "netvm ${kind} {...}", got ${lines.length}`);
  }
  const parsed = results[kind].safeParse(json(line.slice(`netvm ${kind} `.length)));
  if (parsed.success) return parsed.data as MoongenResult<Kind>;
  const [issue] = parsed.error.issues;
  throw new Error(
    `MoonGen: netvm ${kind}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`,
  );
}

export interface HistogramLine {
  readonly ns: number;
  readonly count: number;
}

const linesMax = 1_000_000;
/** No packet of a trial comes back later: what is slower is a clock gone wrong. */
const nsMax = 10e9;

/** Reads MoonGen's histogram: `value,count` on each line, values in ns and rising. Throws at the first line that is not so. */
export function readHistogram(csv: string): HistogramLine[] {
  const lines = csv.split('\n').filter((line) => line !== '');
  if (lines.length > linesMax)
    throw new Error(`MoonGen: a histogram of ${lines.length} lines; expected at most ${linesMax}`);
  let last = -1;
  return lines.map((line, index) => {
    const match = /^([0-9]{1,11}(?:\.[0-9]{1,9})?),([0-9]{1,15})$/.exec(line);
    const ns = Number(match?.[1] ?? Number.NaN);
    if (match === null || ns > nsMax || ns <= last) {
      const what = JSON.stringify(line.slice(0, 40));
      throw new Error(
        `MoonGen: histogram line ${index + 1}: expected a rising value in ns and a count, got ${what}`,
      );
    }
    last = ns;
    return { ns, count: Number(match[2]) };
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
