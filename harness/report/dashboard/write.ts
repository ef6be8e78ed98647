import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { exitCode, UserError } from '../../model/errors.ts';
import { writeAtomically } from '../../store/atomic.ts';
import type { Dashboard } from './model.ts';
import { dashboardPage } from './page.ts';

export interface DashboardPlace {
  /** The directory of the runs. */
  readonly dir: string;
  readonly outFile: string;
  /** With `{before}` and `{after}`, or null where commits are not linked. */
  readonly commitUrl: string | null;
}

/** Writes the page; its links to runs are relative to it, so both can be moved together. The file is replaced as a whole. */
export async function writeDashboard(
  dashboard: Dashboard,
  { dir, outFile, commitUrl }: DashboardPlace,
): Promise<void> {
  if (statSync(outFile, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(exitCode.badInput, `${outFile} is a directory; name a file for the dashboard.`);
  if (!existsSync(dirname(resolve(outFile))))
    throw new UserError(
      exitCode.badInput,
      `${dirname(outFile)} is not there; expected the directory of --out ${outFile}.`,
    );
  const known = new Map<string, string>();
  const text = await dashboardPage(dashboard, {
    run: (archive) => {
      const href = known.get(archive) ?? runHref(dir, archive, outFile);
      known.set(archive, href);
      return href;
    },
    commits: (before, after) =>
      commitUrl === null ? null : commitUrl.replaceAll('{before}', before).replaceAll('{after}', after),
  });
  await writeAtomically(outFile, text);
}

/** Its report where there is one, else its figures. */
function runHref(dir: string, archive: string, outFile: string): string {
  const report = join(dir, archive, 'report.html');
  const file = existsSync(report) ? report : join(dir, archive, 'run.json');
  const path = relative(dirname(resolve(outFile)), resolve(file));
  // A first part with a colon in it would be a scheme.
  return `./${path.split(sep).map(encodeURIComponent).join('/')}`;
}
