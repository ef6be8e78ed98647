import { Option } from 'commander';
import { checkedFigures } from '../../store/checked-figures.ts';
import type { BundleCommand } from '../bundle.ts';
import type { CompareCommand } from '../compare.ts';
import type { VerifyCommand } from '../verify.ts';
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

const bundleHelp = `
One gzipped tar, which any tar opens: the run's archive, its report and the specifications of its charts, the source at the run's commit, lock file,
testbed, licence, how to run it again and what to expect, and a manifest with the SHA-256 of each file. What is not to be had is said in it. The same
run and checkout give the same bytes; the sum that is printed is what to publish beside it.

Examples:
  ./netvm bundle results/RUN
  ./netvm bundle results/RUN --out artifact.tar.gz --json | jq .sha256
`;

const verifyHelp = `
Offline. Of a bundle: that it is whole and has nothing else in it, every file's sum, the archive's schema and figures, that the report comes out of the data
again (of one that another version made the numbers of its tables alone, and that nothing in it runs), and that its source is what git archives of the run's
commit, where this checkout has it. Of a run's directory: the archive. Exit 0: sound; 2: refused, with each file and the reason, and what of it is sound.

${checkedFigures}

Examples:
  ./netvm verify artifact.tar.gz --sha256 "$(cut -d' ' -f1 artifact.sha256)"
  ./netvm verify results/RUN --json | jq '.problems[]'
`;

/** What is handed over to somebody else. */
export function declareHandOver(command: Declare, act: Act): void {
  command('compare [runs...]', 'two runs, or two sets of runs, cell by cell: what differs, and how surely')
    .option('--a <run...>', 'runs of one side')
    .option('--b <run...>', 'runs of the other side')
    .addOption(
      new Option('--confidence <share>', 'of an interval, and of all verdicts together').default('95%'),
    )
    .option('--out <file>', 'write it as Markdown (.md) for a pull request, or as a page (.html)')
    .option('--json', 'print JSON on stdout (docs/compare.schema.json)')
    .addHelpText('after', compareHelp)
    .action((runs: string[], options: CompareCommand) =>
      act(async (c) => (await import('../compare.ts')).compareCommand(c, runs, options)),
    );

  command('bundle <run>', 'one file with everything that a reviewer of a run needs')
    .option('--out <file>', 'where to (default: RUN-bundle.tar.gz beside the run)')
    .option('--json', 'print file, sum and manifest as JSON on stdout (docs/bundle.schema.json)')
    .addHelpText('after', bundleHelp)
    .action((run: string, options: BundleCommand) =>
      act(async (c) => (await import('../bundle.ts')).bundle(c, run, options)),
    );

  command('verify <path>', 'check a bundle, or the directory of a run; offline')
    .option('--sha256 <sum>', 'of a bundle: the sum that was published of it')
    .option('--json', 'print JSON on stdout')
    .addHelpText('after', verifyHelp)
    .action((path: string, options: VerifyCommand) =>
      act(async (c) => (await import('../verify.ts')).verify(c, path, options)),
    );
}
