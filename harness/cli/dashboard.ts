import { join, resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { describe } from '../profile/quantity.ts';
import { dashboardRows } from '../regress/dashboard.ts';
import type { SuspicionOptions } from '../regress/suspicions.ts';
import type { DashboardGroup } from '../report/dashboard/model.ts';
import { writeDashboard } from '../report/dashboard/write.ts';
import { groupsOf, readSeries, variantsOf } from '../store/index/index.ts';
import type { Documents, SeriesGroup } from '../store/index/index.ts';
import type { Context } from './context.ts';
import { minChangeOf } from './detect.ts';
import { sayLeftOut } from './trend.ts';
import { filterOf, runsOf } from './trend-filter.ts';
import { withIndex } from './with-index.ts';
import type { IndexOption } from './with-index.ts';

export interface DashboardCommand extends IndexOption {
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
  return withIndex(context, dir, command, async ({ index, update, dir: ownDir }) => {
    const filter = await filterOf(index, command);
    const { series, problems, documents } = await readSeries(index, filter, ownDir);
    const groups = groupsOf(documents, series).map((group) => groupFor(documents, group, options));
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
  });
}

function groupFor(documents: Documents, group: SeriesGroup, options: SuspicionOptions): DashboardGroup {
  const variants = variantsOf(documents, group);
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
