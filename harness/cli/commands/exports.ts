import type { ExportCommand } from '../export.ts';
import type { Act, Declare } from './declare.ts';

const exportHelp = `
Formats (docs/exports.md has every column and field):
  csv      figures.csv, one figure of a cell a row, and trials.csv; RFC 4180
  parquet  the same two tables with typed columns
  uti      a JSON file a cell, as FD.io CSIT's model of a test's outcome has it
  hlog     the latency histograms in HdrHistogram's log format, with start time and tags

An archive that is torn, edited or of another program is refused with the file and the reason; nothing is written then.

Examples:
  ./netvm export results/today --format csv
  ./netvm export results/* --format parquet --out january.parquet
  ./netvm export results/killed --format csv --partial --out killed/
  ./netvm export results/today --format hlog --json | jq -r '.files[].file'
`;

/** What hands results on to other programs. */
export function declareExports(command: Declare, act: Act): void {
  command('export <run...>', "write runs as CSV, Parquet, CSIT's UTI JSON or HDR histogram logs")
    .requiredOption('--format <name>', 'csv, parquet, uti or hlog')
    .option(
      '--out <path>',
      'directory, or of csv and parquet the file of the figures (default: exports/ in the first run)',
    )
    .option('--partial', 'of an archive that is not whole export what is sound, and say what is not')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', exportHelp)
    .action((runs: string[], options: ExportCommand) =>
      act(async (c) => (await import('../export.ts')).exportRuns(c, runs, options)),
    );
}
