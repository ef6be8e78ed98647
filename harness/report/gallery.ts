import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CellResult, HostFacts, LatencySummary, Run, TrialRecord } from '../model/run.ts';
import { createArchive } from '../store/archive.ts';
import { readFacts, readRun, readTrials } from '../store/read.ts';
import { makeReport, type Report, reportPage } from './html.ts';
import { reportMarkdown } from './markdown.ts';
import { figureSvg, svgToPng } from './standalone.ts';

/** The archive inside the gallery. */
export const galleryRun = 'run';
const frameSizeBytes = 64;
const load = '50';

/**
 * Everything of the gallery but its archive, by name: the report as a page, each chart as SVG and PNG, the summary, and a README that shows
 * them. From the archive alone, so the same archive makes the same files.
 */
export async function galleryFiles(dir: string): Promise<Map<string, string | Uint8Array>> {
  const report = await makeReport([join(dir, galleryRun)]);
  const files = new Map<string, string | Uint8Array>([
    ['report.html', await reportPage(report)],
    ['summary.md', reportMarkdown(report)],
    ['README.md', readme(report)],
  ]);
  for (const figure of report.figures) {
    const svg = figureSvg(figure);
    files.set(`${figure.name}.svg`, svg);
    files.set(`${figure.name}.png`, await svgToPng(svg));
  }
  return files;
}

function readme({ title, figures }: Report): string {
  const pictures = figures.map(
    ({ name, label, reading }) =>
      `## ${label}\n\n![${label}. ${reading}](${name}.png)\n\n${reading} ([SVG](${name}.svg))\n`,
  );
  return [
    '# Gallery',
    '',
    `${title}`,
    '',
    'What a report of a small run looks like: [the page](report.html) (open it in a browser), [the summary for a pull request](summary.md), and each chart as',
    `a picture. All of it is made from the archive in [${galleryRun}](${galleryRun}), a quickstart of which the cells of 64-byte frames were kept, their latencies at 50 % load, the trials`,
    'that set a bound, and of the machine its kind. `npm run -s gallery` makes it again, `npm run -s gallery -- results/RUN` from another run; a test compares.',
    'The charts are drawn as `../*.vl.json` say ([vega-lite](https://vega.github.io/vega-lite/)): edit those, no code is needed.',
    '',
    ...pictures,
  ].join('\n');
}

/** Puts a small part of a run where the gallery's archive is. What tells of whose machine it was is left out. */
export async function trimIntoGallery(runDir: string, dir: string): Promise<void> {
  const target = join(dir, galleryRun);
  await rm(target, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const run = trimmedRun(await readRun(runDir));
  const archive = await createArchive(target);
  await archive.writeFacts((await readFacts(runDir)).map(withoutOwner));
  for (const trial of decisive(run, await readTrials(runDir))) await archive.appendTrial(trial);
  await archive.saveRun(run);
  await mkdir(join(target, 'latency'), { recursive: true });
  for (const { hlog } of summariesOf(run)) await cp(join(runDir, hlog), join(target, hlog));
  await archive.finish();
}

function trimmedRun(run: Run): Run {
  const results = run.results
    .filter(({ cell }) => cell.frameSizeBytes === frameSizeBytes)
    .map((result): CellResult => {
      const latency = result.latencyNs[load];
      return { ...result, latencyNs: latency === undefined ? {} : { [load]: latency } };
    });
  const { generator } = run;
  // Where the checkout was is the owner's business.
  const source = run.source && {
    source: { ...run.source, file: join('profiles', basename(run.source.file)) },
  };
  if (generator?.wireLatencyNs === undefined) return { ...run, ...source, results };
  const wireLatencyNs = generator.wireLatencyNs.filter(
    (at) => at.frameSizeBytes === frameSizeBytes && String(at.loadPercent) === load,
  );
  return { ...run, ...source, results, generator: { ...generator, wireLatencyNs } };
}

function summariesOf({ results, generator }: Run): LatencySummary[] {
  return [
    ...results.flatMap(({ latencyNs }) => Object.values(latencyNs)),
    ...(generator?.wireLatencyNs ?? []).map(({ latencyNs }) => latencyNs),
  ];
}

/** Of each cell the trial at the lowest load with a loss of its own: what the report shows of trials. */
function decisive({ results }: Run, trials: readonly TrialRecord[]): TrialRecord[] {
  return results.flatMap(({ cell }) => {
    const key = JSON.stringify(cell);
    const lossy = trials
      .filter(
        (t) =>
          t.purpose === 'search' &&
          t.verdict === 'valid' &&
          t.lossRatio > 0 &&
          JSON.stringify(t.cell) === key,
      )
      .toSorted((a, b) => a.intendedPps - b.intendedPps)[0];
    return lossy === undefined ? [] : [{ ...lossy, gaps: [] }];
  });
}

function withoutOwner(facts: HostFacts): HostFacts {
  return { ...facts, host: 'example', kernel: '(left out)', kernelCommandLine: '(left out)' };
}

/** Names of all files of a gallery but those of its archive. */
export async function galleryNames(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
