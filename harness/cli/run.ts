import { relative } from 'node:path';
import { exitCode } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { expand, readShard, takeShard } from '../profile/expand.ts';
import type { Plan } from '../profile/plan.ts';
import type { Context } from './context.ts';
import { loadProfile, loadTestbed } from './files.ts';
import { planTable, resultsTable } from './table.ts';
import { verdictCode } from './verdict.ts';

export interface RunOptions {
  readonly profile: string;
  readonly testbed: string;
  readonly out?: string;
  readonly set: readonly string[];
  readonly shard?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Measures a profile; with --dry-run shows what would be measured, and starts nothing. */
export async function run(context: Context, options: RunOptions): Promise<ExitCode> {
  const plan = makePlan(options);
  if (options.dryRun) {
    context.print(options.json ? JSON.stringify(plan, null, 2) : planTable(plan));
    return exitCode.done;
  }
  const testbed = loadTestbed(context.root, options.testbed);
  const { measure } = await import('./measure.ts');
  const measured = await measure(context, plan, testbed, options.out);
  context.progress.finish();
  if (options.json) context.print(JSON.stringify(measured.run, null, 2));
  else
    context.print(`${resultsTable(measured.run)}\n\nReport: ${relative(process.cwd(), measured.reportFile)}`);
  return verdictCode(measured.run);
}

function makePlan(options: RunOptions): Plan {
  const plan = expand(loadProfile(options.profile, options.set));
  return options.shard === undefined ? plan : takeShard(plan, readShard(options.shard));
}
