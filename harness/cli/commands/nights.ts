import { Option } from 'commander';
import { join } from 'node:path';
import type { AlertsCommand } from '../alerts.ts';
import type { NightlyCommand } from '../nightly.ts';
import type { Act, Declare } from './declare.ts';
import { indexOption } from './series.ts';

const nightlyHelp = `
Measures, stores, looks for changes in every series, measures the commits on both sides of a change in turns, raises an alert for what that
confirms, reports, and tells the channels of --config. Killed at any point, the next start goes on; nobody is told twice.
Exit 0: no confirmed regression is open; 1: one is, or a cell could not be measured; 3: the testbed was not to be had.

Examples:
  ./netvm nightly
  ./netvm nightly --config ci/alerts.yaml --dir /srv/netvm/results --json
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

/** What goes on every night, and what becomes of it. */
export function declareNights(command: Declare, act: Act): void {
  command('nightly', 'measure what is watched every night; confirm what changed; tell people')
    .addOption(
      new Option('--profile <file>', 'what is watched').default(
        join(import.meta.dirname, '../../../profiles/nightly.yaml'),
        'profiles/nightly.yaml',
      ),
    )
    .option('--testbed <file>', 'where to measure', 'local')
    .option('--dir <dir>', 'directory of the results (default: results)')
    .option('--config <file>', 'who is told, and how; nobody where it is left out')
    .option(...indexOption)
    .option('--min-change <share>', 'smaller changes are not looked into', '3%')
    .option(
      '--rounds-max <n>',
      'reruns measure both commits once a round; after so many it is undecided',
      '15',
    )
    .option('--json', 'print what came of it as JSON')
    .addHelpText('after', nightlyHelp)
    .action((options: NightlyCommand) =>
      act(async (c) => (await import('../nightly.ts')).runNight(c, options)),
    );

  command('alerts <action> [id]', 'alerts of confirmed regressions: list, ack, expect, fix, deliver or test')
    .option('--dir <dir>', 'directory of the results (default: results)')
    .option('--reason <text>', 'why; kept with the alert and told with it')
    .option('--by <name>', 'who (default: who is logged in)')
    .option('--config <file>', 'who is told, and how')
    .option('--json', 'print JSON on stdout')
    .addHelpText('after', alertsHelp)
    .action((action: string, id: string | undefined, options: AlertsCommand) =>
      act(async (c) => (await import('../alerts.ts')).alerts(c, action, id, options)),
    );
}
