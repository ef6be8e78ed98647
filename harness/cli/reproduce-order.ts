import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import { didYouMean } from '../profile/nearest.ts';
import { paperFigures, type PaperFigure } from '../report/paper/figures.ts';
import {
  notesFrom,
  orderFile,
  orderSchema,
  profileFile,
  stepsFile,
  type PaperOrder,
} from '../report/paper/material.ts';
import { unmet } from '../report/paper/needs.ts';
import type { Notes } from '../report/paper/notes.ts';
import { readSteps } from '../report/paper/steps.ts';
import { readRun } from '../store/read.ts';
import { readFacts } from '../testbed/facts.ts';
import type { Testbed } from '../testbed/parse.ts';
import type { Context } from './context.ts';
import { loadOrder, loadTestbed, readInput, type Order } from './files.ts';
import { newRunId, refuseUsed } from './measure.ts';
import { refuseOtherFacts } from './resume.ts';

export interface ReproduceOptions {
  readonly testbed?: string;
  readonly out?: string;
  readonly only?: readonly string[];
  readonly resume?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** A figure of the order: what is to be measured for it, or nothing, and what is said of it. */
export interface OrderedFigure {
  readonly figure: PaperFigure;
  readonly notes: Notes;
  /** Null where this program cannot measure it. */
  readonly order: Order | null;
  readonly unmet: string | null;
}

/** All that was ordered, read and checked before anything starts. */
export interface Reproduction {
  readonly dir: string;
  readonly order: PaperOrder;
  readonly testbed: Testbed;
  readonly figures: readonly OrderedFigure[];
}

/** Throws UserError (exit 2) for a figure that is none, a profile that is not one, or a directory that is not empty. */
export function newReproduction(context: Context, options: ReproduceOptions): Reproduction {
  const figures = chosen(options.only);
  const testbedFile = options.testbed ?? 'local';
  const testbed = loadTestbed(context.root, testbedFile);
  const now = new Date();
  const dir = resolve(options.out ?? join(context.root, 'results', newRunId(now, 'paper')));
  refuseUsed(dir);
  const order: PaperOrder = {
    ...{ schema: 'reproduce/1', startedAt: now.toISOString(), command: context.command },
    ...{ testbedFile, testbed: testbed.name, figures: figures.map(({ id }) => id) },
  };
  return { dir, order, testbed, figures: figures.map((figure) => ordered(context.root, figure)) };
}

/** One that was interrupted or killed says itself what it is of. Throws UserError (exit 2) where it cannot be gone on with. */
export async function resumedReproduction(
  context: Context,
  options: ReproduceOptions,
): Promise<Reproduction> {
  const dir = resolve(options.resume ?? '.');
  const said = (['testbed', 'out', 'only'] as const).filter((name) => options[name] !== undefined);
  if (said.length > 0)
    throw new UserError(
      exitCode.badInput,
      `--resume: the one in ${dir} has its own; leave out ${said.map((name) => `--${name}`).join(' and ')}`,
    );
  const order = readOrder(dir);
  const figures = chosen(order.figures);
  await refuseOthersRuns(context.root, dir, figures);
  // A damaged one is refused now, and not after an hour of measuring.
  await readSteps(join(dir, stepsFile));
  const testbed = loadTestbed(context.root, order.testbedFile);
  return { dir, order, testbed, figures: figures.map((figure) => ordered(context.root, figure)) };
}

function readOrder(dir: string): PaperOrder {
  const file = join(dir, orderFile);
  if (!existsSync(file))
    throw new UserError(
      exitCode.badInput,
      `--resume ${dir}: it has no ${orderFile}; expected the --out of ./netvm reproduce`,
    );
  try {
    return orderSchema.parse(JSON.parse(Buffer.from(readInput(file)).toString('utf8')));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(exitCode.badInput, `${file}: it is damaged or foreign; start a new one`);
  }
}

/** One document is of one machine and one commit: what is complete already, too. */
async function refuseOthersRuns(root: string, dir: string, figures: readonly PaperFigure[]): Promise<void> {
  const now = await readFacts(root);
  for (const { id } of figures) {
    const run = join(dir, id);
    if (!existsSync(join(run, 'run.json'))) continue;
    if ((await readRun(run)).status === 'complete') await refuseOtherFacts(run, now);
  }
}

/** In the order of the document; all where none are named. */
function chosen(only: readonly string[] | undefined): PaperFigure[] {
  const ids = paperFigures.map(({ id }) => id);
  for (const name of only ?? ids) {
    if (ids.includes(name)) continue;
    const near = didYouMean(name, ids);
    throw new UserError(exitCode.badInput, `--only ${name}: expected one of ${ids.join(', ')}${near}`);
  }
  return paperFigures.filter(({ id }) => only === undefined || only.includes(id));
}

function ordered(root: string, figure: PaperFigure): OrderedFigure {
  const lacking = unmet(figure.needs);
  if (lacking !== null) return { figure, notes: notesFrom(figure, null), order: null, unmet: lacking };
  const file = profileFile(root, figure);
  const notes = notesFrom(figure, readFileSync(file, 'utf8'));
  return { figure, notes, order: loadOrder(relative(process.cwd(), file)), unmet: null };
}
