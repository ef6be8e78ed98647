import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import { writeAtomically } from '../store/atomic.ts';
import { restartIds } from './charts/render.ts';
import { page } from './page.ts';
import { frameLossSection } from './sections/frame-loss.ts';
import { latencySection } from './sections/latency.ts';
import { cellsSection } from './sections/cells.ts';
import { machineSection } from './sections/machine.ts';
import { methodSections } from './sections/methods.ts';
import { overview } from './sections/overview.ts';
import { ratioSection } from './sections/ratio.ts';
import { throughputSection } from './sections/throughput.ts';
import { cellRows, hasRate, readSource, type RunSource } from './source.ts';
import { headline } from './words.ts';

/**
 * Writes one HTML file on one or several runs: charts as SVG, no script, nothing fetched. The file is replaced as a
 * whole. Errors: UserError (2) for an archive that cannot be read, or a chart specification that was broken.
 */
export async function writeReport(runDirs: readonly string[], outFile: string): Promise<void> {
  if (runDirs.length === 0)
    throw new UserError(exitCode.badInput, 'A report needs at least one run directory.');
  const file = resolve(outFile);
  await refuseDirectory(file);
  const sources: RunSource[] = [];
  for (const dir of runDirs) sources.push(await readSource(dir));
  const rows = cellRows(sources);
  const rated = rows.filter(hasRate);
  await restartIds();
  const sections = [
    overview(sources),
    await throughputSection(sources, rated),
    await ratioSection(sources, rated),
    await frameLossSection(sources, rows),
    methodSections(sources, rows),
    await latencySection(sources, rows),
    ...sources.map((source) => cellsSection(sources, source)),
    ...sources.map((source) => machineSection(sources, source)),
  ];
  await writeAtomically(file, await page(headline(sources), sections));
}

async function refuseDirectory(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory())
    throw new UserError(exitCode.badInput, `${file} is a directory; name a file for the report.`);
}
