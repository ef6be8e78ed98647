import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cellKey } from '../model/cell.ts';
import { cellOf } from '../measure/context.ts';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { bisect } from '../regress/bisect.ts';
import type { StepVerdict } from '../regress/bisect.ts';
import { bisectReport, clearest, stepFloor, stepVerdict } from '../regress/bisect-report.ts';
import type { BisectReport } from '../regress/bisect-report.ts';
import { cellTitle } from '../regress/gate.ts';
import type { CellState } from '../regress/rounds.ts';
import { plain, plainLines } from '../report/markup.ts';
import type { Builds } from '../testbed/builds.ts';
import { commitOf, commitsBetween, short, subjectOf } from '../testbed/git.ts';
import type { CommitId } from '../testbed/git.ts';
import type { Context } from './context.ts';
import { compareSides, prepareRerun, withCommits } from './rerun.ts';
import type { Rerun, RerunOptions } from './rerun.ts';
import { table } from './table.ts';

export interface BisectOptions extends RerunOptions {
  readonly good: string;
  readonly bad: string;
  readonly json?: true;
}

/** Finds the commit that made something worse; each step is measured against the good commit, in turns. */
export async function bisectCommits(context: Context, options: BisectOptions): Promise<ExitCode> {
  const rerun = prepareRerun(context, 'bisect', options);
  const { root } = context;
  const good = await commitOf(root, options.good);
  const bad = await commitOf(root, options.bad);
  const commits = await commitsBetween(root, good, bad);
  const startMs = performance.now();
  const { states, narrowed } = await withCommits(context, rerun, async (builds) => {
    context.say(`netvm: first ${short(good)} against ${short(bad)}, ${commits.length} commits after it`);
    const against = (id: CommitId, how: Rerun) => compare(context, how, builds, good, id);
    const { states } = await against(bad, rerun);
    const shown = clearest(states);
    if (shown === null) return { states, narrowed: null };
    const how = stepsOf(rerun, shown);
    context.say(`netvm: ${cellTitle(shown)}: ${shown.reason}`);
    const narrowed = await bisect(commits, (id, left) =>
      judge(context, id, left, shown, () => against(id, how)),
    );
    return { states, narrowed };
  });
  const elapsedMs = Math.round(performance.now() - startMs);
  const report = bisectReport({ good, bad, elapsedMs }, states, narrowed);
  await writeFile(join(rerun.outDir, 'bisect.json'), `${JSON.stringify(report, null, 2)}\n`);
  context.progress.finish();
  context.print(options.json ? JSON.stringify(report, null, 2) : await inWords(root, report));
  return report.outcome === 'found' ? exitCode.done : exitCode.measurementFailed;
}

async function compare(
  context: Context,
  rerun: Rerun,
  { get, release }: Builds,
  good: CommitId,
  id: CommitId,
) {
  const before = { name: `${short(good)} (good)`, directory: await get(good) };
  const after = { name: short(id), directory: await get(id) };
  try {
    return await compareSides(context, rerun, { before, after }, join(rerun.outDir, short(id)));
  } finally {
    await release(id);
  }
}

/** Steps look at one figure of one cell only; for one that fails, one round shows whether it does. */
function stepsOf(rerun: Rerun, shown: CellState): Rerun {
  const cells = rerun.cells.filter((cell) => cellKey(cellOf(cell)) === cellKey(shown.cell));
  const roundsMax = shown.outcome === 'failed' ? 1 : rerun.roundsMax;
  return { ...rerun, cells, metric: shown.metric.name, floor: stepFloor(shown, rerun.floor), roundsMax };
}

async function judge(
  context: Context,
  id: CommitId,
  left: number,
  shown: CellState,
  measure: () => ReturnType<typeof compareSides>,
): Promise<StepVerdict> {
  context.say(`netvm: ${left} commits left; measuring ${short(id)} (${await subjectOf(context.root, id)})`);
  const found = await measured(context, measure);
  const step = Array.isArray(found) ? stepVerdict(found[0], shown.outcome === 'failed') : found;
  context.say(`netvm: ${short(id)} is ${step.verdict}: ${step.reason}`);
  return step;
}

/** A commit that does not build, or refuses the profile, is passed over; a testbed that cannot measure at all is not the commit's. */
async function measured(
  context: Context,
  measure: () => ReturnType<typeof compareSides>,
): Promise<CellState[] | StepVerdict> {
  try {
    return [...(await measure()).states];
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof UserError) || error.code === exitCode.testbedUnable) throw error;
    return { verdict: 'unusable', reason: error.message };
  }
}

/** Candidates shown at most: the others are in the report. */
const shownMax = 20;

async function inWords(root: string, report: BisectReport): Promise<string> {
  const steps = await Promise.all(
    report.steps.map(async ({ commit, verdict, reason }) => [
      short(commit),
      verdict,
      plain(await subjectOf(root, commit)),
      plain(reason),
    ]),
  );
  const shown = report.candidates.slice(0, shownMax);
  const candidates = await Promise.all(shown.map(async (id) => `  ${id} ${await subjectOf(root, id)}`));
  const more = report.candidates.length - shown.length;
  return [
    ...(steps.length > 0 ? [table(['commit', 'is', 'subject', 'why'], steps), ''] : []),
    report.reason,
    ...candidates,
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
    .map(plainLines)
    .join('\n');
}
