import { join } from 'node:path';
import { Option, type Command } from 'commander';
import type { BisectOptions } from '../bisect.ts';
import type { GateOptions } from '../gate.ts';
import type { Act, Declare } from './declare.ts';

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

/** What measures two sides in turns. */
export function declareSides(command: Declare, act: Act): void {
  const rerunOptions = (added: Command, profile: string) =>
    added
      .addOption(
        new Option('--profile <file>', 'what is measured in each round').default(
          profile,
          'profiles/gate.yaml',
        ),
      )
      .option('--testbed <file>', 'where to measure', 'local')
      .option('--floor <share>', 'a change of so much or less is none', '5%')
      .option('--cell <text>', 'only cells whose name has this in it')
      .option('--rounds-max <n>', 'both sides are measured once a round; after so many it is undecided', '20')
      .option('--keep-builds <n>', 'so many builds of commits stay in .netvm/builds for the next time', '4')
      .option('--out <dir>', 'directory for the archives of all rounds (default: results/<id>)');
  const gateProfile = join(import.meta.dirname, '../../../profiles/gate.yaml');

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
        (await import('../gate.ts')).gate(c, run === undefined ? options : { ...options, run }),
      ),
    );

  rerunOptions(command('bisect', 'find the commit that made something worse'), gateProfile)
    .requiredOption('--good <ref>', 'a commit that was good')
    .requiredOption('--bad <ref>', 'a later one that is worse')
    .option('--json', 'print the outcome on stdout')
    .addHelpText('after', bisectHelp)
    .action((options: BisectOptions) =>
      act(async (c) => (await import('../bisect.ts')).bisectCommits(c, options)),
    );
}
