import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { list } from '../format.ts';
import { cellRows, readSource, type CellRow, type RunSource } from '../source.ts';
import { paperClaims, paperFigures, type PaperClaim, type PaperFigure } from './figures.ts';
import { fromPart, notTestable, type Judgement } from './judgement.ts';
import { unmet } from './needs.ts';
import { readNotes, type Notes } from './notes.ts';
import { readPublished, type Published } from './published.ts';
import { readSteps, type Steps } from './steps.ts';

/** What was ordered: `reproduce.json` of the directory. */
export const orderSchema = z.object({
  schema: z.literal('reproduce/1'),
  startedAt: z.iso.datetime(),
  /** The command line, to make the document again. */
  command: z.string().max(4000),
  /** The testbed's file or name as it was given, and the name in it. */
  testbedFile: z.string().max(4000),
  testbed: z.string().max(100),
  figures: z.array(z.string().max(40)).min(1).max(50),
});
export type PaperOrder = z.output<typeof orderSchema>;

export const orderFile = 'reproduce.json';
export const stepsFile = 'steps.json';

/** One figure with what was measured for it. */
export interface FigureMaterial {
  readonly figure: PaperFigure;
  readonly notes: Notes;
  /** Null where nothing was measured. */
  readonly source: RunSource | null;
  readonly rows: readonly CellRow[];
  readonly published: readonly Published[];
  readonly judgement: Judgement;
}

export interface ClaimMaterial {
  readonly claim: PaperClaim;
  readonly judgement: Judgement;
}

/** All that the document is made of. */
export interface PaperMaterial {
  readonly order: PaperOrder;
  readonly claims: readonly ClaimMaterial[];
  readonly figures: readonly FigureMaterial[];
  readonly steps: Steps | null;
}

/** Where a figure's profile is. */
export function profileFile(root: string, { id }: PaperFigure): string {
  return join(root, 'profiles', 'paper', `${id}.yaml`);
}

/** Reads what the directory of a reproduction has so far; what is missing there is said by the verdicts. */
export async function gather(
  dir: string,
  order: PaperOrder,
  notesOf: (figure: PaperFigure) => Notes,
): Promise<PaperMaterial> {
  const published = await readPublished();
  const figures: FigureMaterial[] = [];
  for (const figure of paperFigures.filter(({ id }) => order.figures.includes(id))) {
    const source = existsSync(join(dir, figure.id, 'run.json'))
      ? await readSource(join(dir, figure.id))
      : null;
    const rows = source === null ? [] : cellRows([source]);
    figures.push({
      ...{ figure, source, rows },
      notes: notesOf(figure),
      published: published.filter((value) => value.figures.includes(figure.id)),
      judgement: judgeFigure(figure, source, rows),
    });
  }
  const claims = paperClaims.map((claim) => ({ claim, judgement: judgeClaim(claim, figures) }));
  return { order, claims, figures, steps: await readSteps(join(dir, stepsFile)) };
}

function judgeFigure(figure: PaperFigure, source: RunSource | null, rows: readonly CellRow[]): Judgement {
  const lacking = unmet(figure.needs);
  if (lacking !== null) return notTestable(lacking);
  if (source === null) return notTestable('It was not measured: the command ended before.');
  const judgement = figure.judge(rows);
  return isComplete(source) ? judgement : fromPart(judgement, `Its run is not complete: ${soFar(source)}.`);
}

function isComplete({ run }: RunSource): boolean {
  return run.status === 'complete';
}

function soFar({ run: { results } }: RunSource): string {
  return `it has ${results.length} ${results.length === 1 ? 'cell' : 'cells'} so far`;
}

/** From the runs of the figures that it rests on; of none where they were left out. */
function judgeClaim(claim: PaperClaim, all: readonly FigureMaterial[]): Judgement {
  const own = all.filter(({ figure }) => claim.figures.includes(figure.id));
  const measured = own.filter(({ source }) => source !== null);
  if (measured.length > 0) {
    const judgement = claim.judge(measured.flatMap(({ rows }) => rows));
    const lacks = lacksOf(claim, measured);
    if (lacks.length === 0) return judgement;
    const ids = list(measured.map(({ figure }) => figure.id));
    return fromPart(judgement, `This rests on ${ids} alone: ${list(lacks)}.`);
  }
  const [first] = own;
  if (first !== undefined) return first.judgement;
  return notTestable(`It was left out: its figures (${claim.figures.join(', ')}) were not asked for.`);
}

/** What is missing of the data of a claim, figure by figure. */
function lacksOf({ figures }: PaperClaim, measured: readonly FigureMaterial[]): string[] {
  return figures.flatMap((id) => {
    const source = measured.find(({ figure }) => figure.id === id)?.source ?? null;
    if (source === null) return [`${id} was not measured`];
    return isComplete(source) ? [] : [`the run of ${id} is not complete (${soFar(source)})`];
  });
}

/** Of a figure without a profile its own; else what the profile says at its top. Throws Error where a profile says nothing. */
export function notesFrom(figure: PaperFigure, profileText: string | null): Notes {
  const notes = profileText === null ? figure.notes : (readNotes(profileText) ?? figure.notes);
  if (notes === undefined)
    throw new Error(
      `profiles/paper/${figure.id}.yaml: its first comments lack "# Paper:", "# Claim:" or "# Ours:"`,
    );
  return notes;
}
