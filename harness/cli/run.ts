import { relative } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import type { Plan } from '../profile/plan.ts';
import type { Testbed } from '../testbed/parse.ts';
import type { Context } from './context.ts';
import { loadOrder, loadTestbed } from './files.ts';
import type { Order } from './files.ts';
import type { Place } from './measure.ts';
import { coreUse, coreUseSentence } from './core-use.ts';
import { planTable, resultsTable } from './table.ts';
import { verdictCode } from './verdict.ts';

export interface RunOptions {
  readonly profile?: string;
  readonly testbed: string;
  readonly out?: string;
  readonly set: readonly string[];
  readonly shard?: string;
  readonly dryRun?: true;
  readonly resume?: string;
  readonly json?: true;
}

/** Measures a profile; with --dry-run shows what would be measured, and starts nothing. */
export async function run(context: Context, options: RunOptions): Promise<ExitCode> {
  const { order, place } =
    options.resume === undefined ? orderOf(options) : await resume(options, options.resume);
  if (options.dryRun) return await dryRun(context, order.plan, options);
  const testbed = loadTestbed(context.root, options.testbed);
  const { measure } = await import('./measure.ts');
  const measured = await measure(context, order, testbed, place);
  context.progress.finish();
  if (options.json) context.print(JSON.stringify(measured.run, null, 2));
  else
    context.print(`${resultsTable(measured.run)}\n\nReport: ${relative(process.cwd(), measured.reportFile)}`);
  return verdictCode(measured.run);
}

/** Starts no program and changes nothing; the estimate is for the machine as it is now, where the addon is there to look. */
async function dryRun(context: Context, plan: Plan, { testbed, json }: RunOptions): Promise<ExitCode> {
  const { estimate } = await import('../measure/estimate.ts');
  const { requireFit } = await import('../measure/fit.ts');
  const found = testbedHere(() => loadTestbed(context.root, testbed));
  if (found !== null) requireFit(plan.profile, found);
  const away = found === null ? null : await lookAtCores(() => found);
  const expected = await estimate(plan, away ?? undefined);
  context.print(
    json
      ? JSON.stringify(
          {
            ...plan,
            estimatedMs: Math.round(expected.totalMs),
            ...(found !== null && { cores: coreUse(found) }),
          },
          null,
          2,
        )
      : `${planTable(plan, expected, away)}${found === null ? '' : `\n${coreUseSentence(found)}`}`,
  );
  return exitCode.done;
}

/** A plan can be looked at where it cannot be run; but not with a testbed that says nonsense. */
function testbedHere(load: () => Testbed): Testbed | null {
  try {
    return load();
  } catch (error) {
    if (error instanceof UserError && error.code === exitCode.badInput) throw error;
    return null;
  }
}

const lookMs = 200;

/** Share of the time that the machine takes the cores away; null where nothing is built that could tell. */
export async function lookAtCores(load: () => Testbed): Promise<number | null> {
  const { measureGaps } = await import('../native/clock.ts');
  const { awayRatio, probeJitter } = await import('../measure/probes.ts');
  try {
    return awayRatio(await probeJitter(load(), { measureGaps }, lookMs));
  } catch (error) {
    // A plan can be looked at where it cannot be run; but not with a testbed that says nonsense.
    if (error instanceof UserError && error.code === exitCode.badInput) throw error;
    return null;
  }
}

interface Ordered {
  readonly order: Order;
  readonly place: Place;
}

function orderOf({ profile, set, shard, out }: RunOptions): Ordered {
  if (profile === undefined)
    throw new UserError(exitCode.badInput, 'run: name a profile, or a run to go on with: --resume DIR');
  return { order: loadOrder(profile, set, shard ?? null), place: { kind: 'new', outDir: out } };
}

/** A run that was interrupted says itself what it is of. */
async function resume(options: RunOptions, dir: string): Promise<Ordered> {
  const { profile, set, shard, out, dryRun } = options;
  const said = [
    ...(profile === undefined ? [] : ['a profile']),
    ...(set.length === 0 ? [] : ['--set']),
    ...(shard === undefined ? [] : ['--shard']),
    ...(out === undefined ? [] : ['--out']),
    ...(dryRun === undefined ? [] : ['--dry-run']),
  ];
  if (said.length > 0)
    throw new UserError(
      exitCode.badInput,
      `--resume: the run in ${dir} has its own; leave out ${said.join(' and ')}`,
    );
  const { loadResumed } = await import('./resume.ts');
  const { order, run } = await loadResumed(dir);
  return { order, place: { kind: 'resumed', dir, run } };
}
