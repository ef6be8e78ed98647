import type { ReproduceOptions } from '../reproduce-order.ts';
import type { ReportCommand } from '../report.ts';
import type { RunOptions } from '../run.ts';
import type { Act, Declare } from './declare.ts';

const reportHelp = `
The HTML is one file that fetches nothing: it opens offline, in light and dark, and prints. Each chart says where its figures are from, how
sure they are, what they show in a sentence, and the command that makes them again; a picture by itself does too. The
charts are drawn as reports/*.vl.json says (vega-lite): edit those, and run this again.

Examples:
  ./netvm report results/RUN
  ./netvm report results/RUN --charts pictures --markdown comment.md
  ./netvm report results/MONDAY results/TUESDAY --out both.html
  ./netvm report results/RUN --cell '512 B' --out 512.html
`;

const reproduceHelp = `
Each figure is a profile of profiles/paper, measured as a run with an archive of its own. The document is written anew after each, so
that one that was killed has what there is. Exit 1: a cell could not be measured that this machine has everything for. A verdict is no failure.

Examples:
  ./netvm reproduce --dry-run
  ./netvm reproduce
  ./netvm reproduce --only chain-length huge-pages --out results/paper
  ./netvm reproduce --resume results/paper
`;

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

  command(
    'reproduce',
    "measure the NetVM paper's figures and claims, and write one document of ours beside the published",
  )
    .option('--testbed <file>', 'where to measure (default: local)')
    .option('--out <dir>', 'directory for all runs and the document (default: results/<id>)')
    .option('--only <figure...>', 'these figures alone; --dry-run names them')
    .option('--resume <dir>', 'go on with one that was interrupted or killed')
    .option('--dry-run', 'show what would be measured and for how long; starts nothing')
    .option('--json', 'print the verdicts on stdout')
    .addHelpText('after', reproduceHelp)
    .action((options: ReproduceOptions) =>
      act(async (c) => (await import('../reproduce.ts')).reproduce(c, options)),
    );

  command('report <run...>', 'write the report of one or more runs: HTML, pictures, Markdown')
    .option('--out <file>', 'where the HTML goes (default: report.html in the first run)')
    .option('--charts <dir>', 'also write every chart as SVG and PNG into a directory')
    .option('--markdown <file>', 'also write a summary for a pull request')
    .option('--cell <text>', 'only cells whose name has this in it')
    .option('--json', 'print what was written and what each chart says as JSON on stdout')
    .addHelpText('after', reportHelp)
    .action((runs: string[], options: ReportCommand) =>
      act(async (c) => (await import('../report.ts')).report(c, runs, options)),
    );
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}
