import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import { writeAtomically } from '../store/atomic.ts';
import { restartIds } from './charts/render.ts';
import { type Figure, withUniqueNames } from './figure.ts';
import { onlyCells } from './filter.ts';
import type { Html } from './markup.ts';
import { page } from './page.ts';
import { frameLossSection } from './sections/frame-loss.ts';
import { latencySection } from './sections/latency.ts';
import { cellsSection } from './sections/cells.ts';
import { machineSection } from './sections/machine.ts';
import { methodSections } from './sections/methods.ts';
import { nfCostsSection } from './sections/nf-costs.ts';
import { overview } from './sections/overview.ts';
import { ratioSection } from './sections/ratio.ts';
import { throughputSection } from './sections/throughput.ts';
import { cellRows, hasRate, readSource, type RunSource } from './source.ts';
import { headline } from './words.ts';

/** Everything that is shown of one or several runs. */
export interface Report {
  readonly sources: readonly RunSource[];
  readonly title: string;
  readonly sections: readonly Html[];
  /** Every chart of it, each with a name of its own. */
  readonly figures: readonly Figure[];
}

export interface ReportOptions {
  /** Only cells whose name has this in it: `netvm`, `512 B`, `firewall`. */
  readonly cell?: string;
}

/**
 * Reads runs and draws their charts. Errors: UserError (2) for an archive that cannot be read, a chart specification that was broken, or
 * where no cell has the name that was asked for.
 */
export async function makeReport(runDirs: readonly string[], options: ReportOptions = {}): Promise<Report> {
  if (runDirs.length === 0)
    throw new UserError(exitCode.badInput, 'A report needs at least one run directory.');
  const whole: RunSource[] = [];
  for (const dir of runDirs) whole.push(await readSource(dir));
  const sources = onlyCells(whole, options.cell);
  const rows = cellRows(sources);
  const rated = rows.filter(hasRate);
  await restartIds();
  const charts = [
    await throughputSection(sources, rated),
    await ratioSection(sources, rated),
    await frameLossSection(rows),
    ...(await methodSections(sources, rows)),
    await latencySection(sources, rows),
    await nfCostsSection(rows),
  ];
  return {
    sources,
    title: headline(sources),
    sections: [
      overview(sources),
      ...charts.map((section) => section.html),
      ...sources.map((source) => cellsSection(sources, source)),
      ...sources.map((source) => machineSection(sources, source)),
    ],
    figures: withUniqueNames(charts.flatMap(({ figures }) => figures)),
  };
}

/** Makes a report and writes its page. Errors: as makeReport and writePage. */
export async function writeReport(
  runDirs: readonly string[],
  outFile: string,
  options: ReportOptions = {},
): Promise<Report> {
  await refuseDirectory(resolve(outFile));
  const report = await makeReport(runDirs, options);
  await writePage(report, outFile);
  return report;
}

/** One HTML file: charts as SVG, no script, nothing fetched. It is replaced as a whole. Errors: UserError (2) where it is a directory. */
export async function writePage(report: Report, outFile: string): Promise<void> {
  const file = resolve(outFile);
  await refuseDirectory(file);
  await writeAtomically(file, await reportPage(report));
}

/** The page as text. */
export function reportPage({ title, sections }: Report): Promise<string> {
  return page(title, sections);
}

async function refuseDirectory(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory())
    throw new UserError(exitCode.badInput, `${file} is a directory; name a file for the report.`);
}
