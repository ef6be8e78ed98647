import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { junit } from '../alert/junit.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { gateReport } from '../regress/gate.ts';
import type { GateReport, SideOfGate } from '../regress/gate.ts';
import { removeBuilds } from '../testbed/builds.ts';
import { commitOf, git } from '../testbed/git.ts';
import type { Context } from './context.ts';
import { refuseUnwritable } from './files.ts';
import { gateCases, gateMarkdown, gateTable } from './gate-words.ts';
import { gateHistory, gateRuns } from './gate-runs.ts';
import { shareOption } from './options.ts';
import { compareSides, prepareRerun, withCommits } from './rerun.ts';
import type { RerunOptions } from './rerun.ts';

export interface GateOptions extends RerunOptions {
  /** Directory of a run; then `against` is one too, and nothing is measured. */
  readonly run?: string;
  readonly against?: string;
  /** Directory of runs; with `run` only. */
  readonly history?: string;
  readonly removeBuilds?: true;
  readonly strict?: true;
  readonly json?: true;
  readonly markdown?: string;
  readonly junit?: string;
}

/** Measures the working tree against a commit, in turns, or compares two runs; red only for a confirmed regression. */
export async function gate(context: Context, options: GateOptions): Promise<ExitCode> {
  if (options.removeBuilds) return remove(context);
  const { against } = options;
  for (const file of [options.markdown, options.junit]) refuseUnwritable(file);
  if (options.run !== undefined) return tell(context, await ofRun(context, options.run, options), options);
  if (options.history !== undefined)
    throw new UserError(
      exitCode.badInput,
      'gate: --history: expected a run to compare, as in ./netvm gate RUN --history DIR',
    );
  if (against === undefined)
    throw missingAgainst('a commit to measure against, for example --against HEAD~1');
  const rerun = prepareRerun(context, 'gate', options);
  const id = await commitOf(context.root, against);
  const before: SideOfGate = { name: against, commit: id, isDirty: false };
  const after = await workingTree(context.root);
  const startMs = performance.now();
  const result = await withCommits(context, rerun, async ({ get }) => {
    const directory = await get(id);
    const sides = {
      before: { name: before.name, directory },
      after: { name: after.name, directory: context.root },
    };
    return compareSides(context, rerun, sides, rerun.outDir);
  });
  const { floor, roundsMax, plan } = rerun;
  const elapsedMs = Math.round(performance.now() - startMs);
  const about = { before, after, profile: plan.profile.name, floor, roundsMax, elapsedMs };
  const report = gateReport(about, result);
  await writeFile(join(rerun.outDir, 'gate.json'), `${JSON.stringify(report, null, 2)}\n`);
  return tell(context, report, options);
}

/** What is in archives already: nothing is measured. */
function ofRun(context: Context, run: string, options: GateOptions): Promise<GateReport> {
  const { against, history, floor, cell, out } = options;
  for (const [name, value] of Object.entries({ cell, out })) {
    if (value === undefined) continue;
    throw new UserError(
      exitCode.badInput,
      `gate: --${name}: a run is there already, and nothing is measured; leave it out`,
    );
  }
  if (against !== undefined && history === undefined)
    return gateRuns(against, run, shareOption('floor', floor));
  if (against === undefined && history !== undefined)
    return gateHistory(context, run, history, shareOption('floor', floor));
  throw missingAgainst('of a run either another one, or --history with a directory of runs');
}

function missingAgainst(expected: string): UserError {
  return new UserError(exitCode.badInput, `gate: --against: expected ${expected}`);
}

/** Prints a gate's report, writes what else was asked for, and says it in an exit code. */
export async function tell(context: Context, report: GateReport, options: GateOptions): Promise<ExitCode> {
  const isStrict = options.strict === true;
  const write = async (file: string | undefined, text: () => string) => {
    if (file === undefined) return;
    context.written.add(resolve(file));
    await writeFile(file, text());
  };
  await write(options.markdown, () => gateMarkdown(report));
  await write(options.junit, () => junit('netvm gate', gateCases(report, isStrict)));
  context.progress.finish();
  context.print(options.json ? JSON.stringify(report, null, 2) : gateTable(report));
  const isRed = report.outcome === 'regression' || (isStrict && report.outcome === 'undecided');
  return isRed ? exitCode.measurementFailed : exitCode.done;
}

async function workingTree(root: string): Promise<SideOfGate> {
  const commit = await commitOf(root, 'HEAD');
  const isDirty = (await git(root, 'status', '--porcelain')) !== '';
  return { name: 'working tree', commit, isDirty };
}

async function remove(context: Context): Promise<ExitCode> {
  const count = await removeBuilds(context.root);
  context.print(`${count} builds removed`);
  return exitCode.done;
}
