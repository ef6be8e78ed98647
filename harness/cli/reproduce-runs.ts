import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { runBenchSteps } from '../measure/bench-steps.ts';
import type { Run } from '../model/run.ts';
import { paperPage } from '../report/paper/document.ts';
import { paperMarkdown } from '../report/paper/markdown.ts';
import { gather, orderFile, stepsFile, type PaperMaterial } from '../report/paper/material.ts';
import { benchStepsSchema, type Steps } from '../report/paper/steps.ts';
import { writeAtomically } from '../store/atomic.ts';
import { readRun } from '../store/read.ts';
import { withLocalTestbed } from '../testbed/local.ts';
import { pageProblem } from '../testbed/pages.ts';
import { memoryAvailableBytes } from '../testbed/probe.ts';
import type { Context } from './context.ts';
import { measure } from './measure.ts';
import type { OrderedFigure, Reproduction } from './reproduce-order.ts';
import { minutes, type Expected } from './reproduce-plan.ts';
import { loadResumed } from './resume.ts';

export interface Reproduced {
  readonly material: PaperMaterial;
  /** A cell failed that this machine has everything for. */
  readonly failed: boolean;
  readonly outFile: string;
}

/** Measures what has no complete run yet, figure by figure, and writes the document after each. */
export async function measureFigures(
  context: Context,
  reproduction: Reproduction,
  expected: Expected,
): Promise<Reproduced> {
  const { dir, order, figures } = reproduction;
  await mkdir(dir, { recursive: true });
  context.written.add(dir);
  await writeAtomically(join(dir, orderFile), `${JSON.stringify(order, null, 2)}\n`);
  const left: OrderedFigure[] = [];
  for (const figure of figures) if (!(await isDone(dir, figure))) left.push(figure);
  sayAhead(context, left, expected);
  for (const [i, figure] of left.entries()) {
    if (context.signal.aborted) break;
    const ahead = timeOf(left.slice(i), expected);
    context.say(
      `netvm: figure ${i + 1} of ${left.length}: ${figure.figure.id} (about ${minutes(ahead)} to go in all)`,
    );
    await measureFigure(context, reproduction, figure);
    await writeDocument(reproduction);
  }
  const material = await writeDocument(reproduction);
  if (context.signal.aborted)
    context.say(
      `netvm: what is measured is kept; go on with: ./netvm reproduce --resume ${relative(process.cwd(), dir)}`,
    );
  const failed = material.figures.some(({ source }) => source !== null && hasFailed(source.run));
  return { material, failed, outFile: join(dir, 'paper.html') };
}

function sayAhead(context: Context, left: readonly OrderedFigure[], expected: Expected): void {
  for (const { id, unmet } of expected.figures)
    if (unmet !== null) context.say(`netvm: ${id}: not testable: ${unmet}`);
  if (left.length > 0) context.say(`netvm: ${left.length} figures, about ${minutes(timeOf(left, expected))}`);
}

function timeOf(figures: readonly OrderedFigure[], expected: Expected): number {
  const ids = figures.map(({ figure }) => figure.id);
  return expected.figures.reduce((sum, { id, estimatedMs }) => sum + (ids.includes(id) ? estimatedMs : 0), 0);
}

/** Nothing is left to do for it. */
async function isDone(dir: string, { figure, order }: OrderedFigure): Promise<boolean> {
  if (order === null) return true;
  if (figure.steps && !existsSync(join(dir, stepsFile))) return false;
  const run = join(dir, figure.id);
  return existsSync(join(run, 'run.json')) && (await readRun(run)).status === 'complete';
}

async function measureFigure(
  context: Context,
  reproduction: Reproduction,
  ordered: OrderedFigure,
): Promise<void> {
  const { dir, testbed } = reproduction;
  const { figure, order } = ordered;
  if (order === null) return;
  const outDir = join(dir, figure.id);
  if (!existsSync(join(outDir, 'run.json'))) {
    // One that was killed before it had saved anything.
    await rm(outDir, { recursive: true, force: true });
    await measure(context, order, testbed, { kind: 'new', outDir });
  } else if ((await readRun(outDir)).status !== 'complete') {
    const resumed = await loadResumed(outDir);
    await measure(context, resumed.order, testbed, { kind: 'resumed', dir: outDir, run: resumed.run });
  }
  if (figure.steps && !context.signal.aborted) await measureSteps(context, reproduction);
}

/** With the testbed held, so that nothing else measures meanwhile. */
async function measureSteps(context: Context, { dir, testbed }: Reproduction): Promise<void> {
  const { root, native, signal, progress } = context;
  progress.detail('what each step of a packet costs');
  const options = { runId: 'bench-steps', root, signal, progress };
  const { output, command } = await withLocalTestbed(testbed, options, () =>
    runBenchSteps(native, testbed, signal),
  );
  const steps: Steps = {
    schema: 'steps/1',
    command,
    core: testbed.deviceCore,
    ...benchStepsSchema.parse(output),
  };
  await writeAtomically(join(dir, stepsFile), `${JSON.stringify(steps, null, 2)}\n`);
}

async function writeDocument({ dir, order, figures }: Reproduction): Promise<PaperMaterial> {
  const notes = new Map(figures.map((ordered) => [ordered.figure.id, ordered.notes]));
  const material = await gather(dir, order, ({ id }) => {
    const found = notes.get(id);
    if (found === undefined) throw new RangeError(`no notes on ${id}`);
    return found;
  });
  await writeAtomically(join(dir, 'paper.html'), await paperPage(material));
  await writeAtomically(join(dir, 'paper.md'), paperMarkdown(material));
  return material;
}

/** A cell without its pages is no failure: this machine cannot have them, and the document says so. */
function hasFailed({ results }: Run): boolean {
  const available = memoryAvailableBytes();
  return results.some(
    ({ cell, verdict }) =>
      verdict === 'failed' &&
      (cell.hugePageSizeBytes === undefined || pageProblem(cell.hugePageSizeBytes, available) === null),
  );
}
