import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { Run } from '../model/run.ts';
import { requireFit } from '../measure/fit.ts';
import { runPlan } from '../measure/run.ts';
import type { GeneratorName } from '../model/generator.ts';
import { writeReport } from '../report/html.ts';
import { createArchive, reopenArchive } from '../store/archive.ts';
import { checkHost, requireAll } from '../testbed/checks.ts';
import { withLocalTestbed } from '../testbed/local.ts';
import { pageProblem } from '../testbed/pages.ts';
import type { Testbed } from '../testbed/parse.ts';
import type { Plan } from '../profile/plan.ts';
import { memoryAvailableBytes, probeHost } from '../testbed/probe.ts';
import { findGenerator } from '../traffic/find.ts';
import { checkReplay } from '../traffic/replay.ts';
import type { Context } from './context.ts';
import type { Order } from './files.ts';
import { requireIsolations } from './isolations.ts';
import { refuseOther } from './resume.ts';

export interface Measured {
  readonly run: Run;
  readonly outDir: string;
  readonly reportFile: string;
}

/** Where a run is kept: a new one, or one that is gone on with. */
export type Place =
  | { readonly kind: 'new'; readonly outDir: string | undefined; readonly runId?: string }
  | { readonly kind: 'resumed'; readonly dir: string; readonly run: Run };

/** Measures what was ordered on a testbed and writes archive and report: what `quickstart` and `run` share. */
export async function measure(
  context: Context,
  { plan, source, text }: Order,
  testbed: Testbed,
  place: Place = { kind: 'new', outDir: undefined },
): Promise<Measured> {
  const runId =
    place.kind === 'new' ? (place.runId ?? newRunId(new Date(), plan.profile.name)) : place.run.id;
  const named = place.kind === 'new' ? place.outDir : place.dir;
  const outDir = resolve(named ?? join(context.root, 'results', runId));
  if (place.kind === 'new') refuseUsed(outDir);
  requireFit(plan.profile, testbed);
  requireAll(checkHost(await probeHost(context.native), testbed));
  const generatorFile = requireGenerator(plan.profile.generator, testbed);
  await checkReplay(context.native, plan.profile);
  const guest = await requireIsolations(plan, context);
  context.written.add(named === undefined ? join(context.root, 'results') : outDir);
  const { root, native, command, signal, progress } = context;
  const pageSizesBytes = otherPageSizes(plan);
  sayMissingPages(context, plan, pageSizesBytes);
  const run = await withLocalTestbed(
    testbed,
    { runId, root, signal, progress, pageSizesBytes },
    async (env) => {
      const earlier = place.kind === 'resumed' ? place.run : undefined;
      if (earlier !== undefined) await refuseOther(outDir, earlier, env, guest);
      const archive = await (earlier === undefined ? createArchive(outDir) : reopenArchive(outDir, earlier));
      try {
        await archive.writeProfile(text);
        return await runPlan(plan, env, {
          id: runId,
          archive,
          command,
          signal,
          progress,
          native,
          generatorFile,
          source,
          ...(guest && { guest }),
          ...(earlier && { earlier }),
        });
      } finally {
        await archive.finish();
      }
    },
  );
  if (run.status === 'interrupted')
    context.say(
      `netvm: ${run.results.length} of ${plan.cells.length} cells are kept; go on with: ./netvm run --resume ${relative(process.cwd(), outDir)}`,
    );
  const reportFile = join(outDir, 'report.html');
  if (run.results.length > 0) {
    progress.detail('writing the report');
    await writeReport([outDir], reportFile);
  }
  return { run, outDir, reportFile };
}

/** Sizes of pages besides 2 MB that the plan's cells need. */
function otherPageSizes({ cells }: Plan): number[] {
  return [...new Set(cells.flatMap(({ hugePageSizeBytes }) => hugePageSizeBytes ?? []))];
}

/** Cells that need pages which this machine has not will fail: said before anything starts. Throws UserError (exit 3) where that are all. */
function sayMissingPages(context: Context, { cells }: Plan, sizesBytes: readonly number[]): void {
  const available = memoryAvailableBytes();
  const missing = sizesBytes.flatMap((size) => {
    const problem = pageProblem(size, available);
    return problem === null ? [] : [{ size, problem }];
  });
  const can = cells.filter((cell) => missing.every(({ size }) => size !== cell.hugePageSizeBytes));
  const sentences = missing.map(({ problem }) => problem);
  if (can.length === 0 && missing.length > 0)
    throw new UserError(exitCode.testbedUnable, sentences.join('\n'));
  for (const sentence of sentences)
    context.say(`netvm: ${cells.length - can.length} cells cannot be measured: ${sentence}`);
}

/** For example `2026-11-23T07-12-33-quickstart`: sorts by time, and is a file name everywhere. */
export function newRunId(now: Date, profileName: string): string {
  return `${now.toISOString().slice(0, 19).replaceAll(':', '-')}-${profileName}`;
}

/** The program of an external generator; none of our own. Throws UserError (exit 3) where it is not there. */
function requireGenerator(name: GeneratorName, { generatorFiles }: Testbed): string {
  if (name === 'native') return '';
  const found = findGenerator(name, generatorFiles);
  if ('file' in found) return found.file;
  throw new UserError(exitCode.testbedUnable, `generator ${name}: ${found.missing}`);
}

/** Throws UserError (exit 2) where results are there already. */
export function refuseUsed(outDir: string): void {
  if (!existsSync(outDir) || readdirSync(outDir).length === 0) return;
  throw new UserError(
    exitCode.badInput,
    `--out ${outDir}: the directory is not empty; name one that is, or a new one`,
  );
}
