import type { DashboardCommand } from '../dashboard.ts';
import type { DetectCommand } from '../detect.ts';
import type { TrendCommand } from '../trend.ts';
import type { Act, Declare } from './declare.ts';

const detectHelp = `
One run a line, the oldest first. A run that failed (status failed, or an empty value) is a gap. The control is what the
generator alone did in the same run: a shift that it shows too is the testbed's. A change must last for 3 runs.

Examples:
  ./netvm detect throughput.csv
  ./netvm detect latency.csv --better lower --min-change 2%
  ./netvm detect throughput.csv --json | jq '.[] | select(.kind == "regression")'
`;

const trendHelp = `
A series is one metric of one cell on one testbed with one fingerprint: figures of other machines, kernels or settings are
never mixed into it. The runs are read from their archives; an index of them is kept in DIR/.index.sqlite, which can be deleted
at any time. What cannot be read, or not be put in an order of time, is left out and named.

Examples:
  ./netvm trend
  ./netvm trend results --cell 'netvm, forward' --metric throughputPps --min-change 3%
  ./netvm trend --cell 'netvm, forward, 64 B' --metric throughputPps --csv > series.csv && ./netvm detect series.csv
  ./netvm trend --index postgresql://netvm@db.example.org/netvm --testbed lab-3
  ./netvm trend --json | jq '.groups[].series[] | select(.state == "regressed") | .words'
`;

/** Of the commands that look at series. */
export const indexOption = [
  '--index <address>',
  'index the runs into a PostgreSQL database that several machines share (default: NETVM_INDEX, else DIR/.index.sqlite)',
] as const;

const sharedHelp = `
With --index postgresql://USER@HOST/DATABASE the index is one that several machines and directories share, and the series are those of
all of them. The password belongs into ~/.pgpass or PGPASSWORD, never into the address.
`;

const dashboardHelp = `
The page needs no network and links the newest run of each series by a path relative to itself.

Examples:
  ./netvm dashboard
  ./netvm dashboard results --out public/index.html --min-change 3%
  ./netvm dashboard --commit-url 'https://example.org/netvm/compare/{before}...{after}'
`;

/** What looks at many runs. */
export function declareSeries(command: Declare, act: Act): void {
  command(
    'detect <series>',
    'find regressions and improvements in a series of runs (CSV: time,value[,control][,status])',
  )
    .option('--better <way>', 'which way is good: higher (rates) or lower (latencies)', 'higher')
    .option('--min-change <share>', 'smaller changes are not reported', '1%')
    .option('--json', 'print a list of changes: index (from 0), before, after, relativeChange and more')
    .addHelpText('after', detectHelp)
    .action((series: string, options: DetectCommand) =>
      act(async (c) => (await import('../detect.ts')).detectChanges(c, series, options)),
    );

  command('trend [dir]', 'how every cell has developed over the runs in a directory (default: results)')
    .option('--testbed <name>', 'only this testbed')
    .option('--cell <text>', 'only cells with this in their words, such as "netvm, forward"')
    .option('--metric <name>', 'only this metric, such as throughputPps')
    .option('--fingerprint <hex>', 'only this fingerprint')
    .option('--settings <hex>', 'only these settings, where a cell was measured with several')
    .option(...indexOption)
    .option('--runs <count>', 'look at so many of the newest runs of each series', '365')
    .option('--min-change <share>', 'smaller changes are not reported', '2%')
    .option('--json', 'print JSON on stdout')
    .option('--csv', 'print one series as ./netvm detect reads it')
    .addHelpText('after', `${sharedHelp}${trendHelp}`)
    .action((dir: string | undefined, options: TrendCommand) =>
      act(async (c) => (await import('../trend.ts')).trend(c, dir, options)),
    );

  command(
    'dashboard [dir]',
    'write one HTML page with all series of the runs in a directory (default: results)',
  )
    .option('--out <file>', 'where to (default: dashboard.html in the directory)')
    .option('--testbed <name>', 'only this testbed')
    .option('--runs <count>', 'look at so many of the newest runs of each series', '365')
    .option('--min-change <share>', 'smaller changes are not reported', '2%')
    .option('--commit-url <template>', 'link the commits of a change: an address with {before} and {after}')
    .option(...indexOption)
    .addHelpText('after', `${sharedHelp}${dashboardHelp}`)
    .action((dir: string | undefined, options: DashboardCommand) =>
      act(async (c) => (await import('../dashboard.ts')).dashboard(c, dir, options)),
    );
}
