import { join, resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { describe } from '../profile/quantity.ts';
import { dashboardRows } from '../regress/dashboard.ts';
import type { SuspicionOptions } from '../regress/suspicions.ts';
import type { DashboardGroup } from '../report/dashboard/model.ts';
import { writeDashboard } from '../report/dashboard/write.ts';
import { groupsOf, indexRuns, readSeries, variantsOf } from '../store/index/index.ts';
import type { RunIndex, SeriesGroup } from '../store/index/index.ts';
import type { Context } from './context.ts';
import { minChangeOf } from './detect.ts';
import { sayLeftOut } from './trend.ts';
import { filterOf, runsOf } from './trend-filter.ts';

export interface DashboardCommand {
  readonly out?: string;
  readonly testbed?: string;
  readonly runs: string;
  readonly minChange: string;
  readonly commitUrl?: string;
}

/** Writes one page with all series of a directory of runs. */
export async function dashboard(
  context: Context,
  dir: string | undefined,
  command: DashboardCommand,
): Promise<ExitCode> {
  const options = { minChange: minChangeOf(command.minChange) };
  const commitUrl = command.commitUrl === undefined ? null : commitUrlOf(command.commitUrl);
  runsOf(command.runs);
  const root = resolve(dir ?? 'results');
  const outFile = resolve(command.out ?? join(root, 'dashboard.html'));
  const { index, update } = await indexRuns(root, { signal: context.signal });
  try {
    context.written.add(index.file);
    const { series, problems } = readSeries(index, filterOf(index, command));
    const groups = groupsOf(index, series).map((group) => groupFor(index, group, options));
    const left = [...update.problems, ...problems];
    await writeDashboard(
      {
        command: context.command,
        madeAt: new Date().toISOString(),
        minChange: options.minChange,
        groups,
        problems: left,
      },
      { dir: root, outFile, commitUrl },
    );
    context.written.add(outFile);
    sayLeftOut(context, left);
    context.print(outFile);
    return exitCode.done;
  } finally {
    index.close();
  }
}

function groupFor(index: RunIndex, group: SeriesGroup, options: SuspicionOptions): DashboardGroup {
  const variants = variantsOf(index, group);
  const { series, ...rest } = group;
  return {
    ...rest,
    notes: [...variants.values()].map(
      ({ number, differences }) => `[${number}] with other settings: ${differences.join('; ')}.`,
    ),
    rows: dashboardRows(series, options, ({ id }) => {
      const variant = variants.get(id.settings ?? '');
      return variant === undefined ? '' : ` [${variant.number}]`;
    }),
  };
}

/** A link must not become a script, and one without a commit in it leads nowhere. */
function commitUrlOf(text: string): string {
  const isWeb = URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
  if (isWeb && text.includes('{after}')) return text;
  throw new UserError(
    exitCode.badInput,
    `--commit-url: expected a web address with {after} in it, and {before} where it shows a range, such as https://example.org/netvm/compare/{before}...{after}; got ${describe(text)}`,
  );
}
