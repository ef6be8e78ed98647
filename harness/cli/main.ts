import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { BadInput, exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import type { AlertsCommand } from './alerts.ts';
import { createContext } from './context.ts';
import type { Context } from './context.ts';
import type { BisectOptions } from './bisect.ts';
import type { DashboardCommand } from './dashboard.ts';
import type { DetectCommand } from './detect.ts';
import type { TrendCommand } from './trend.ts';
import type { GateOptions } from './gate.ts';
import type { NightlyCommand } from './nightly.ts';

/** What a command does; each lives in a file of its own and is loaded only when it is called. */
type Action = (context: Context) => Promise<ExitCode>;

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
  ./netvm trend --json | jq '.groups[].series[] | select(.state == "regressed") | .words'
`;

const gateHelp = `
The commit is built in a directory of its own, and both sides are measured in turns until each cell is decided. Red (exit 1)
is only a regression that is confirmed to lie beyond the floor, or a cell that cannot be measured any more; at most 1 % of gates without
one are. What this machine is too noisy for is said, and red only with --strict. A run that is there already is
suspected at most, by another one or, better, by those of a directory (--history); red is only a cell that it alone could not measure.

Examples:
  ./netvm gate --against origin/main
  ./netvm gate --against HEAD~1 --floor 10% --cell '64 B' --markdown comment.md --junit gate.xml
  ./netvm gate results/today --against results/yesterday
  ./netvm gate results/today --history results
  ./netvm gate --remove-builds
`;

const bisectHelp = `
First bad is measured against good; where it is confirmed to be worse, a binary search by first parents follows, in the cell that shows it best. Each step is measured
against good in turns, by the same rule, with half of the whole change as its floor. Commits that do not build are passed over. Exit 0: one commit was found; 1: a range
of them, or nothing to search for.

Examples:
  ./netvm bisect --good v1.2 --bad HEAD
  ./netvm bisect --good HEAD~20 --bad HEAD --cell 'forward, 64 B' --floor 10% --json
`;

const dashboardHelp = `
The page needs no network and links the newest run of each series by a path relative to itself.

Examples:
  ./netvm dashboard
  ./netvm dashboard results --out public/index.html --min-change 3%
  ./netvm dashboard --commit-url 'https://example.org/netvm/compare/{before}...{after}'
`;

const alertsHelp = `
Actions:
  list          alerts and their life, the open ones first
  ack ID        somebody sees to it
  expect ID     it is meant to be so (needs --reason): later runs are compared with the new level
  fix ID        it was put right; runs that show otherwise open it again
  deliver       tells the channels of --config what they have yet to be told
  test          sends a test through each channel of --config and says what came of it

An ID may be cut to its beginning. ci/alerts.yaml is an example of a configuration.

Examples:
  ./netvm alerts list
  ./netvm alerts ack 3f2a --reason 'looking at the new classifier'
  ./netvm alerts expect 3f2a --reason 'checksums are verified now'
  ./netvm alerts deliver --config ci/alerts.yaml
`;

const nightlyHelp = `
Measures, stores, looks for changes in every series, measures the commits on both sides of a change in turns, raises an alert for what that
confirms, reports, and tells the channels of --config. Killed at any point, the next start goes on; nobody is told twice.
Exit 0: no confirmed regression is open; 1: one is, or a cell could not be measured; 3: the testbed was not to be had.

Examples:
  ./netvm nightly
  ./netvm nightly --config ci/alerts.yaml --dir /srv/netvm/results --json
`;

const context = createContext();
process.exitCode = await main(process.argv.slice(2));
// A handle that something forgot must not keep a finished program alive; what was printed must still get out.
process.stdout.write('', () => process.exit());

async function main(args: readonly string[]): Promise<ExitCode> {
  const code = await runCommand(args);
  await context.giveBack();
  // A command that ended well although it was told to stop (it had just finished) is still done, and one that could
  // not put everything back has said so.
  const isInterrupted = context.signal.aborted && code !== exitCode.done && code !== exitCode.testbedUnable;
  if (!isInterrupted) return code;
  context.say('netvm: interrupted; everything is put back');
  return exitCode.interrupted;
}

async function runCommand(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCode.done;
  const act = async (action: Action) => {
    code = await action(context);
  };
  try {
    await program(act).parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error);
  } finally {
    context.progress.finish();
  }
}

function program(act: (action: Action) => Promise<void>): Command {
  const root = new Command('netvm').helpCommand(false).exitOverride();
  root.configureHelp({ formatHelp: () => readFileSync(join(import.meta.dirname, 'help.txt'), 'utf8') });
  const command = (usage: string, description: string) => {
    const added = root.command(usage).description(description).exitOverride();
    return added.configureHelp({
      formatHelp: (cmd, helper) => new Command().createHelp().formatHelp(cmd, helper),
    });
  };

  command('quickstart', 'measure NetVM and a vhost-user switch on this machine, write a report')
    .option('--json', 'print run.json on stdout')
    .action((options: { json?: true }) =>
      act(async (c) => (await import('./quickstart.ts')).quickstart(c, options)),
    );

  command('test [part]', 'run every test, or one part: unit, native, integration').action((part?: string) =>
    act(async (c) => (await import('./test.ts')).test(c, part)),
  );

  command('doctor', 'what this machine can do, what is missing, how to mend it')
    .option('--testbed <file>', 'testbed to check for', 'local')
    .option(
      '--try-generators',
      'start each generator that is not of this repository, on a port that leads nowhere',
    )
    .option('--json', 'print JSON on stdout')
    .action((options: { testbed: string; json?: true; tryGenerators?: true }) =>
      act(async (c) => (await import('./doctor.ts')).doctor(c, options)),
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
        (await import('./run.ts')).run(c, { ...(profile !== undefined && { profile }), ...options }),
      ),
    );

  command('report <run...>', 'write the HTML report of one or more runs')
    .option('--out <file>', 'where to (default: report.html in the first run)')
    .action((runs: string[], options: { out?: string }) =>
      act(async (c) => (await import('./report.ts')).report(c, runs, options)),
    );

  command(
    'detect <series>',
    'find regressions and improvements in a series of runs (CSV: time,value[,control][,status])',
  )
    .option('--better <way>', 'which way is good: higher (rates) or lower (latencies)', 'higher')
    .option('--min-change <share>', 'smaller changes are not reported', '1%')
    .option('--json', 'print a list of changes: index (from 0), before, after, relativeChange and more')
    .addHelpText('after', detectHelp)
    .action((series: string, options: DetectCommand) =>
      act(async (c) => (await import('./detect.ts')).detectChanges(c, series, options)),
    );

  command('trend [dir]', 'how every cell has developed over the runs in a directory (default: results)')
    .option('--testbed <name>', 'only this testbed')
    .option('--cell <text>', 'only cells with this in their words, such as "netvm, forward"')
    .option('--metric <name>', 'only this metric, such as throughputPps')
    .option('--fingerprint <hex>', 'only this fingerprint')
    .option('--settings <hex>', 'only these settings, where a cell was measured with several')
    .option('--runs <count>', 'look at so many of the newest runs of each series', '365')
    .option('--min-change <share>', 'smaller changes are not reported', '2%')
    .option('--json', 'print JSON on stdout')
    .option('--csv', 'print one series as ./netvm detect reads it')
    .addHelpText('after', trendHelp)
    .action((dir: string | undefined, options: TrendCommand) =>
      act(async (c) => (await import('./trend.ts')).trend(c, dir, options)),
    );
  const rerunOptions = (added: Command, profile: string) =>
    added
      .option('--profile <file>', 'what is measured in each round', profile)
      .option('--testbed <file>', 'where to measure', 'local')
      .option('--floor <share>', 'a change of so much or less is none', '5%')
      .option('--cell <text>', 'only cells whose name has this in it')
      .option('--rounds-max <n>', 'both sides are measured once a round; after so many it is undecided', '20')
      .option('--keep-builds <n>', 'so many builds of commits stay in .netvm/builds for the next time', '4')
      .option('--out <dir>', 'directory for the archives of all rounds (default: results/<id>)');
  const gateProfile = join(import.meta.dirname, '../../profiles/gate.yaml');

  rerunOptions(
    command('gate [run]', 'measure the working tree against a commit in turns, or compare two runs'),
    gateProfile,
  )
    .option('--against <ref>', 'the commit; of a run, the directory of another one')
    .option('--history <dir>', 'of a run: against the last level of its series among the runs in a directory')
    .option('--strict', 'what cannot be decided is red too')
    .option('--markdown <file>', 'write the outcome as a comment to a pull request')
    .option('--junit <file>', 'write the outcome as JUnit XML')
    .option('--json', 'print the outcome on stdout')
    .option('--remove-builds', 'remove all builds of commits, and measure nothing')
    .addHelpText('after', gateHelp)
    .action((run: string | undefined, options: GateOptions) =>
      act(async (c) =>
        (await import('./gate.ts')).gate(c, run === undefined ? options : { ...options, run }),
      ),
    );

  rerunOptions(command('bisect', 'find the commit that made something worse'), gateProfile)
    .requiredOption('--good <ref>', 'a commit that was good')
    .requiredOption('--bad <ref>', 'a later one that is worse')
    .option('--json', 'print the outcome on stdout')
    .addHelpText('after', bisectHelp)
    .action((options: BisectOptions) =>
      act(async (c) => (await import('./bisect.ts')).bisectCommits(c, options)),
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
    .addHelpText('after', dashboardHelp)
    .action((dir: string | undefined, options: DashboardCommand) =>
      act(async (c) => (await import('./dashboard.ts')).dashboard(c, dir, options)),
    );

  command('nightly', 'measure what is watched every night; confirm what changed; tell people')
    .option('--profile <file>', 'what is watched', join(import.meta.dirname, '../../profiles/nightly.yaml'))
    .option('--testbed <file>', 'where to measure', 'local')
    .option('--dir <dir>', 'directory of the results (default: results)')
    .option('--config <file>', 'who is told, and how; nobody where it is left out')
    .option('--min-change <share>', 'smaller changes are not looked into', '3%')
    .option(
      '--rounds-max <n>',
      'reruns measure both commits once a round; after so many it is undecided',
      '15',
    )
    .option('--json', 'print what came of it as JSON')
    .addHelpText('after', nightlyHelp)
    .action((options: NightlyCommand) =>
      act(async (c) => (await import('./nightly.ts')).runNight(c, options)),
    );

  command('alerts <action> [id]', 'alerts of confirmed regressions: list, ack, expect, fix, deliver or test')
    .option('--dir <dir>', 'directory of the results (default: results)')
    .option('--reason <text>', 'why; kept with the alert and told with it')
    .option('--by <name>', 'who (default: who is logged in)')
    .option('--config <file>', 'who is told, and how')
    .option('--json', 'print JSON on stdout')
    .addHelpText('after', alertsHelp)
    .action((action: string, id: string | undefined, options: AlertsCommand) =>
      act(async (c) => (await import('./alerts.ts')).alerts(c, action, id, options)),
    );

  command('validate <file...>', 'check profiles, testbeds and alert configurations; starts nothing')
    .option('--json', 'print JSON on stdout')
    .action((files: string[], options: { json?: true }) =>
      act(async (c) => (await import('./validate.ts')).validateFiles(c, files, options)),
    );

  command('testbed <action>', 'list, check, provision, release or recover')
    .option('--testbed <file>', 'which one', 'local')
    .option('--json', 'print JSON on stdout')
    .action((action: string, options: { testbed: string; json?: true }) =>
      act(async (c) => (await import('./testbed.ts')).testbed(c, action, options)),
    );
  return root;
}

interface RunOptions {
  readonly testbed: string;
  readonly out?: string;
  readonly set: readonly string[];
  readonly shard?: string;
  readonly resume?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function explain(error: unknown): ExitCode {
  context.progress.finish();
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.badInput;
  if (context.signal.aborted && !(error instanceof UserError && error.code === exitCode.testbedUnable)) {
    return exitCode.interrupted;
  }
  if (error instanceof UserError) {
    // Problems in files begin with file:line:column, as editors want them.
    context.say(error instanceof BadInput ? error.message : error.message.replaceAll(/^/gm, 'netvm: '));
    return error.code;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.say(`netvm: this should not have happened: ${text}`);
  return exitCode.measurementFailed;
}
