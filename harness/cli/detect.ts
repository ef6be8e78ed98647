import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { parseSeries } from '../regress/csv.ts';
import type { SeriesFile } from '../regress/csv.ts';
import { detect } from '../regress/detect.ts';
import type { Change, Detection, DetectOptions } from '../regress/detect.ts';
import { methodNames } from '../regress/methods.ts';
import type { Context } from './context.ts';
import { readInput } from './files.ts';
import { shareOption } from './options.ts';

export interface DetectCommand {
  readonly better: string;
  readonly minChange: string;
  readonly json?: true;
}

/** 10,000 runs of 400 characters. */
const bytesMax = 4 << 20;

/** Finds the changes of level in a series of runs and prints them; whether there are any is no failure. */
export async function detectChanges(
  context: Context,
  file: string,
  command: DetectCommand,
): Promise<ExitCode> {
  const options = { better: betterOf(command.better), minChange: minChangeOf(command.minChange) };
  const series = parseSeries(readInput(file, bytesMax), file);
  const detection = detect(series, options);
  if (command.json)
    context.print(
      JSON.stringify(
        detection.changes.map((change) => published(change, series)),
        null,
        2,
      ),
    );
  else context.print(inWords(file, series, detection, options));
  return exitCode.done;
}

function betterOf(text: string): 'higher' | 'lower' {
  if (text === 'higher' || text === 'lower') return text;
  throw new UserError(
    exitCode.badInput,
    `--better: expected higher (rates) or lower (latencies), got ${JSON.stringify(text)}`,
  );
}

/** Reads `--min-change`. */
export function minChangeOf(text: string): number {
  return shareOption('min-change', text);
}

/** What other programs read: index, before, after and relativeChange stay what they are; there may be more. */
function published(change: Change, { times }: SeriesFile) {
  const { index, before, after, relativeChange, kind, votes, pValue, controlChange } = change;
  return { index, before, after, relativeChange, time: times[index], kind, votes, pValue, controlChange };
}

function inWords(file: string, series: SeriesFile, detection: Detection, options: DetectOptions): string {
  const { times, values, unit } = series;
  const gaps = values.filter((value) => value === null).length;
  const set = [
    `${values.length} runs from ${times[0]} to ${times.at(-1)}`,
    ...(gaps > 0 ? [`${gaps} of them failed (gaps)`] : []),
    ...(detection.outliers.length > 0
      ? [`${detection.outliers.length} stand alone (outliers, set aside)`]
      : []),
    `${options.better} is better`,
  ];
  const line = (change: Change, kind: string) => {
    const { index, before, after, votes, pValue } = change;
    const said = `${kind} at run ${index} (${times[index]}): ${amount(before, unit)} -> ${amount(after, unit)}, ${percent(change.relativeChange)}`;
    return `${said}; seen by ${votes.length} of ${methodNames.length} methods, p = ${pValue.toExponential(0)}`;
  };
  const least = `${Number((options.minChange * 100).toPrecision(6))} %`;
  return [
    `${file}: ${set.join(', ')}`,
    ...detection.changes.map((change) => line(change, change.kind)),
    ...detection.absorbed.map(
      (change) =>
        `${line(change, 'shift of the testbed')}; the control moved by ${percent(change.controlChange ?? 0)}`,
    ),
    ...(detection.changes.length === 0 ? [`no change of ${least} or more`] : []),
  ].join('\n');
}

function amount(value: number, unit: string | null): string {
  const digits = Number(value.toPrecision(4));
  return unit === null ? String(digits) : `${digits} ${unit}`;
}

function percent(share: number): string {
  return `${share < 0 ? '-' : '+'}${Math.abs(share * 100).toFixed(1)} %`;
}
