import { relative } from 'node:path';
import { exitCode } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { plainLines } from '../report/markup.ts';
import type { PaperMaterial } from '../report/paper/material.ts';
import type { Context } from './context.ts';
import { expectTimes, expectedTable } from './reproduce-plan.ts';
import { newReproduction, resumedReproduction, type ReproduceOptions } from './reproduce-order.ts';
import { measureFigures } from './reproduce-runs.ts';
import { table } from './table.ts';

/** Measures the paper's figures and writes the document; with --dry-run shows what would be measured, and starts nothing. */
export async function reproduce(context: Context, options: ReproduceOptions): Promise<ExitCode> {
  const reproduction =
    options.resume === undefined
      ? newReproduction(context, options)
      : await resumedReproduction(context, options);
  const expected = await expectTimes(reproduction);
  if (options.dryRun) {
    context.print(options.json ? JSON.stringify(expected, null, 2) : expectedTable(expected));
    return exitCode.done;
  }
  const { material, failed, outFile } = await measureFigures(context, reproduction, expected);
  context.progress.finish();
  context.print(
    options.json
      ? JSON.stringify(published(material, outFile), null, 2)
      : plainLines(inWords(material, outFile)),
  );
  if (context.signal.aborted) return exitCode.interrupted;
  return failed ? exitCode.measurementFailed : exitCode.done;
}

function inWords({ claims, figures }: PaperMaterial, outFile: string): string {
  const lines = [
    ...claims.map(({ claim, judgement }) => [`claim ${claim.id}`, judgement.verdict, judgement.scope ?? '-']),
    ...figures.map(({ figure, judgement }) => [figure.id, judgement.verdict, judgement.scope ?? '-']),
  ];
  return `${table(['figure', 'verdict', 'scope'], lines)}\n\nDocument: ${relative(process.cwd(), outFile)}`;
}

function published({ order, claims, figures }: PaperMaterial, document: string) {
  return {
    ...{ schema: 'paper/1', testbed: order.testbed, startedAt: order.startedAt, document },
    claims: claims.map(({ claim: { id, text }, judgement }) => ({ id, text, ...judgement })),
    figures: figures.map(({ figure: { id, title }, source, published: values, judgement }) => ({
      ...{ id, title, run: source?.run.id ?? null, ...judgement },
      published: values,
    })),
  };
}
