import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { seriesCsv } from '../regress/csv-write.ts';
import { plain } from '../report/markup.ts';
import { readSeries } from '../store/index/index.ts';
import type { ArchiveProblem } from '../store/verify.ts';
import type { Context } from './context.ts';
import { minChangeOf } from './detect.ts';
import { filterOf, requireOne, runsOf } from './trend-filter.ts';
import type { TrendFilter } from './trend-filter.ts';
import { trendJson, trendTable } from './trend-table.ts';
import { withIndex } from './with-index.ts';
import type { IndexOption } from './with-index.ts';

export interface TrendCommand extends TrendFilter, IndexOption {
  readonly minChange: string;
  readonly json?: true;
  readonly csv?: true;
}

/** Shows how every series of a directory of runs stands; whether one has regressed is no failure. */
export async function trend(
  context: Context,
  dir: string | undefined,
  command: TrendCommand,
): Promise<ExitCode> {
  if (command.json && command.csv)
    throw new UserError(exitCode.badInput, '--json and --csv: expected one of them, got both');
  const options = { minChange: minChangeOf(command.minChange) };
  runsOf(command.runs);
  return withIndex(context, dir, command, async ({ index, update, dir: root }) => {
    const read = await readSeries(index, await filterOf(index, command), root);
    const left = [...update.problems, ...read.problems];
    if (command.csv) context.print(seriesCsv(requireOne(read)).trimEnd());
    else if (command.json) context.print(JSON.stringify(trendJson(read, left, options), null, 2));
    else context.print(trendTable(read, options));
    if (!command.json) sayLeftOut(context, left);
    return exitCode.done;
  });
}

/** More lines than this hide what they say. */
const problemsShown = 20;

/** What is not in the series, and why. */
export function sayLeftOut(context: Context, problems: readonly ArchiveProblem[]): void {
  for (const { file, problem } of problems.slice(0, problemsShown)) {
    context.say(`netvm: ${plain(`${file}: ${problem}`)}`);
  }
  const more = problems.length - problemsShown;
  if (more > 0)
    context.say(`netvm: and ${more} more runs with something wrong (./netvm trend --json lists all)`);
}
