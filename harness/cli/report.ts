import { join, resolve } from 'node:path';
import { exitCode } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { makeReport, writePage, type Report } from '../report/html.ts';
import { writeMarkdown } from '../report/markdown-file.ts';
import { type PictureFiles, writePictures } from '../report/pictures.ts';
import type { Context } from './context.ts';

export interface ReportCommand {
  readonly out?: string;
  readonly charts?: string;
  readonly markdown?: string;
  readonly cell?: string;
  readonly json?: true;
}

/** Writes the report of runs from their archives alone: HTML, and what else was asked for. */
export async function report(
  context: Context,
  runDirs: readonly string[],
  options: ReportCommand,
): Promise<ExitCode> {
  const outFile = resolve(options.out ?? join(runDirs[0] ?? '.', 'report.html'));
  const { cell } = options;
  const made = await makeReport(
    runDirs.map((dir) => resolve(dir)),
    cell === undefined ? {} : { cell },
  );
  await writePage(made, outFile);
  context.written.add(outFile);
  const pictures = options.charts === undefined ? [] : await drawn(context, made, resolve(options.charts));
  const markdownFile = options.markdown === undefined ? null : resolve(options.markdown);
  if (markdownFile !== null) {
    await writeMarkdown(made, markdownFile);
    context.written.add(markdownFile);
  }
  context.progress.finish();
  if (options.json) context.print(JSON.stringify(summary(made, outFile, markdownFile, pictures), null, 2));
  else for (const file of [outFile, ...(markdownFile === null ? [] : [markdownFile])]) context.print(file);
  if (!options.json) for (const { svg, png } of pictures) context.print(`${svg}\n${png}`);
  return exitCode.done;
}

async function drawn(context: Context, made: Report, dir: string): Promise<PictureFiles[]> {
  context.written.add(dir);
  return writePictures(made.figures, dir, context.progress, context.signal);
}

function summary(
  { title, figures }: Report,
  html: string,
  markdown: string | null,
  pictures: readonly PictureFiles[],
): object {
  return {
    title,
    html,
    markdown,
    charts: figures.map(({ name, label, reading, chart, commands }, index) => ({
      name,
      label,
      reading,
      provenance: chart.provenance,
      uncertainty: chart.uncertainty,
      commands,
      svg: pictures[index]?.svg ?? null,
      png: pictures[index]?.png ?? null,
    })),
  };
}
