import { join, relative } from 'node:path';
import type { ExitCode } from '../model/errors.ts';
import type { Context } from './context.ts';
import { loadOrder, loadTestbed } from './files.ts';
import { measure } from './measure.ts';
import { resultsTable } from './table.ts';
import { verdictCode } from './verdict.ts';

/** The main job: profiles/quickstart.yaml on testbeds/local.yaml, a table and a report. */
export async function quickstart(context: Context, options: { readonly json?: true }): Promise<ExitCode> {
  const order = loadOrder(join(context.root, 'profiles', 'quickstart.yaml'));
  const testbed = loadTestbed(context.root, 'local');
  const { run, reportFile } = await measure(context, order, testbed);
  context.progress.finish();
  if (options.json) context.print(JSON.stringify(run, null, 2));
  else context.print(`${resultsTable(run)}\n\nReport: ${relative(process.cwd(), reportFile)}`);
  return verdictCode(run);
}
