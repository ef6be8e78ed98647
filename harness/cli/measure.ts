import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { Run } from '../model/run.ts';
import { requireFit } from '../measure/fit.ts';
import { runPlan } from '../measure/run.ts';
import type { GeneratorName } from '../model/generator.ts';
import type { Plan } from '../profile/plan.ts';
import { writeReport } from '../report/html.ts';
import { createArchive } from '../store/archive.ts';
import { checkHost, requireAll } from '../testbed/checks.ts';
import { withLocalTestbed } from '../testbed/local.ts';
import type { Testbed } from '../testbed/parse.ts';
import { probeHost } from '../testbed/probe.ts';
import { findGenerator } from '../traffic/find.ts';
import { checkReplay } from '../traffic/replay.ts';
import type { Context } from './context.ts';

export interface Measured {
  readonly run: Run;
  readonly outDir: string;
  readonly reportFile: string;
}

/** Measures a plan on a testbed and writes archive and report: what `quickstart` and `run` share. */
export async function measure(
  context: Context,
  plan: Plan,
  testbed: Testbed,
  out: string | undefined,
): Promise<Measured> {
  const runId = newRunId(new Date(), plan.profile.name);
  const outDir = resolve(out ?? join(context.root, 'results', runId));
  refuseUsed(outDir);
  requireFit(plan.profile, testbed);
  requireAll(checkHost(await probeHost(context.native), testbed));
  const generatorFile = requireGenerator(plan.profile.generator, testbed);
  await checkReplay(context.native, plan.profile);
  context.written.add(out === undefined ? join(context.root, 'results') : outDir);
  const { root, native, command, signal, progress } = context;
  const run = await withLocalTestbed(testbed, { runId, root, signal, progress }, async (env) => {
    const archive = await createArchive(outDir);
    try {
      return await runPlan(plan, env, {
        id: runId,
        archive,
        command,
        signal,
        progress,
        native,
        generatorFile,
      });
    } finally {
      await archive.finish();
    }
  });
  const reportFile = join(outDir, 'report.html');
  if (run.results.length > 0) {
    progress.detail('writing the report');
    await writeReport([outDir], reportFile);
  }
  return { run, outDir, reportFile };
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

function refuseUsed(outDir: string): void {
  if (!existsSync(outDir) || readdirSync(outDir).length === 0) return;
  throw new UserError(
    exitCode.badInput,
    `--out ${outDir}: the directory is not empty; name one that is, or a new one`,
  );
}
