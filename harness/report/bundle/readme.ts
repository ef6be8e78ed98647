import type { Run } from '../../model/run.ts';
import type { Manifest } from '../../store/bundle/manifest.ts';
import { checkedFigures } from '../../store/checked-figures.ts';
import { plain } from '../markup.ts';
import { summaryTable } from '../summary.ts';

/** What there is in the bundle to run it again with. */
export interface Again {
  readonly hasProfile: boolean;
  readonly hasTestbed: boolean;
  readonly hasSourceTar: boolean;
}

/** What a reviewer reads first. Texts of the run are quoted as code, whatever is in them. */
export function bundleReadme(run: Run, manifest: Omit<Manifest, 'files'>, again: Again): string {
  const { source, missing } = manifest;
  const profile = again.hasProfile ? 'run/profile.yaml' : 'run/run.json, `profile`, as it was resolved';
  return `# A run of NetVM's harness, to be checked and done again

Run ${code(run.id)}, started ${code(run.startedAt)} on testbed ${code(run.testbed)}, by

${block(run.command)}

## Check it
\`\`\`sh
sha256sum --check --strict SHA256SUMS     # every file, with nothing but coreutils
./netvm verify BUNDLE.tar.gz              # in a checkout of NetVM, offline: also the archive, its figures, and the report made again
\`\`\`

${checkedFigures}

Sums inside of a bundle show damage, and edits that forgot them. Whoever edits all of it mends the sums too: the bundle's own SHA-256, which \`./netvm bundle\` prints, is what to publish beside it (\`./netvm verify BUNDLE --sha256 SUM\`).

## What is in it
| where | what |
|---|---|
| \`run/\` | the run's archive as it was written: \`run.json\` (\`schemas/run.schema.json\`), \`trials.jsonl\` with every trial, latency logs (HdrHistogram), \`facts.json\` on the machine, its own \`SHA256SUMS\` |
| \`report/report.html\` | the report, made from \`run/\` alone; opens offline. \`report/specs/\`: the vega-lite specifications of its charts |
| \`source/\` | what could be had of the source that was measured (\`source.tar\`, as git archives the commit), its lock file, the testbed |
| \`MANIFEST.json\` | size and SHA-256 of every file (\`schemas/bundle.schema.json\`), and what is missing |

Profile: ${profile}.

${source.state === 'complete' ? 'The source is complete.' : `**Source:** ${text(source.reason ?? '')}`}
${missing.map(({ what, reason }) => `- **${text(what)}**: ${text(reason)}`).join('\n')}

## Run it again
A Debian 12 machine with 2 cores, npm and root; no NIC. The launcher installs what is missing and says so first.
\`\`\`sh
${steps(run, source, again).join('\n')}
\`\`\`

## What to expect
This is what the run found. On another machine rates are others; what two data planes of one run are to each other should hold, and cells that fill the wire should fill it again. One run scatters: repeat it, and let \`./netvm compare --a ../run --b AGAIN...\` say what differs beyond that.

\`\`\`
${summaryTable(run).replaceAll('```', "'''")}
\`\`\`

## Badges
- **Available**: data, source and licence (\`LICENSE\`, Apache 2.0) are in this one file.
- **Functional**: \`./netvm verify\` checks that it is whole, consistent, and that the report comes out of the data again.
- **Reusable**: published schemas for every format; profiles and testbeds are text; the source has its own tests (\`./netvm test\`).
`;
}

/** In the bundle's directory. */
function steps(run: Run, { state }: Manifest['source'], again: Again): string[] {
  const bundle = again.hasSourceTar ? '..' : '"$BUNDLE"';
  const start = again.hasSourceTar
    ? ['tar xf source/source.tar && cd netvm-*/']
    : ['BUNDLE=$PWD', 'cd CHECKOUT              # of NetVM, at the commit of the run: it is not in here'];
  return [
    ...start,
    ...(state === 'complete-with-changes' ? ['git init -q . && git apply ../source/changes.patch'] : []),
    './netvm doctor',
    [
      './netvm run',
      again.hasProfile ? `${bundle}/run/profile.yaml` : 'profiles/NAME.yaml',
      `--out ${bundle}/again`,
    ]
      .concat(options(run, again.hasTestbed ? `${bundle}/source/testbed.yaml` : null))
      .join(' '),
    `./netvm compare ${bundle}/run ${bundle}/again           # what differs, cell by cell, and how surely`,
  ];
}

function options({ source }: Run, testbed: string | null): string[] {
  const { set = [], shard = null } = source ?? {};
  return [
    ...(testbed === null ? [] : [`--testbed ${testbed}`]),
    ...(shard === null ? [] : [`--shard ${quoted(shard)}`]),
    ...set.map((one) => `--set ${quoted(one)}`),
  ];
}

/** For a shell, whatever is in it. */
function quoted(value: string): string {
  return `'${plain(value).replaceAll("'", `'\\''`)}'`;
}

function code(value: string): string {
  return `\`${plain(value).replaceAll('`', "'")}\``;
}

function block(value: string): string {
  return `    ${plain(value)}`;
}

/** Our own sentences, with names out of archives in them. */
function text(value: string): string {
  return plain(value).replace(/[&<>[\]()*_`|\\]/g, (found) => (found === '&' ? '&amp;' : `\\${found}`));
}
