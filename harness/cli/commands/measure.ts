import type { RunOptions } from '../run.ts';
import type { Act, Declare } from './declare.ts';

/** What measures, and shows what was measured. */
export function declareMeasuring(command: Declare, act: Act): void {
  command('quickstart', 'measure NetVM and a vhost-user switch on this machine, write a report')
    .option('--json', 'print run.json on stdout')
    .action((options: { json?: true }) =>
      act(async (c) => (await import('../quickstart.ts')).quickstart(c, options)),
    );

  command('run [profile]', 'measure what a profile says')
    .option('--testbed <file>', 'where to measure', 'local')
    .option('--out <dir>', 'directory for the results (default: results/<run-id>)')
    .option('--set <key=value>', 'override a key of the profile; may be repeated', collect, [])
    .option('--shard <i/n>', 'measure one of n parts only')
    .option(
      '--resume <dir>',
      'go on with a run that was interrupted or killed: the cells that have no result',
    )
    .option('--dry-run', 'show what would be measured; starts nothing')
    .option('--json', 'print JSON on stdout: the plan, or run.json')
    .action((profile: string | undefined, options: RunOptions) =>
      act(async (c) =>
        (await import('../run.ts')).run(c, { ...(profile !== undefined && { profile }), ...options }),
      ),
    );

  command('report <run...>', 'write the HTML report of one or more runs')
    .option('--out <file>', 'where to (default: report.html in the first run)')
    .action((runs: string[], options: { out?: string }) =>
      act(async (c) => (await import('../report.ts')).report(c, runs, options)),
    );
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}
