import { Option } from 'commander';
import type { CompareCommand } from '../compare.ts';
import type { Act, Declare } from './declare.ts';

const compareHelp = `
Cells are paired, and each figure is shown with its ratio, an interval and what that rests on, and the smallest change that would have been
seen. Runs scatter more than trials within a run do, so several runs a side tell most: of one run a side a figure is suspected at most.
Exit 0: compared, whatever came of it; 2: an archive cannot be read, or there is no cell in common.

Examples:
  ./netvm compare results/monday results/tuesday
  ./netvm compare --a results/main-* --b results/branch-* --out comment.md
  ./netvm compare A B --json | jq '.figures[] | select(.verdict == "different")'
`;

/** What is handed over to somebody else. */
export function declareHandOver(command: Declare, act: Act): void {
  command('compare [runs...]', 'two runs, or two sets of runs, cell by cell: what differs, and how surely')
    .option('--a <run...>', 'runs of one side')
    .option('--b <run...>', 'runs of the other side')
    .addOption(
      new Option('--confidence <share>', 'of an interval, and of all verdicts together').default('95%'),
    )
    .option('--out <file>', 'write it as Markdown (.md) for a pull request')
    .option('--json', 'print JSON on stdout (docs/compare.schema.json)')
    .addHelpText('after', compareHelp)
    .action((runs: string[], options: CompareCommand) =>
      act(async (c) => (await import('../compare.ts')).compareCommand(c, runs, options)),
    );
}
