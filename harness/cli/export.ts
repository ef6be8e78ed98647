import { basename, join, resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { didYouMean } from '../profile/nearest.ts';
import { describe } from '../profile/quantity.ts';
import { readExportSource } from '../report/exports/source.ts';
import type { ExportSource } from '../report/exports/source.ts';
import { exportFormats, writeExports } from '../report/exports/write.ts';
import type { ExportFormat } from '../report/exports/write.ts';
import { plain } from '../report/markup.ts';
import type { Context } from './context.ts';

export interface ExportCommand {
  readonly format: string;
  readonly out?: string;
  readonly partial?: true;
  readonly json?: true;
}

/** Writes runs in a format of others, from their archives alone. */
export async function exportRuns(
  context: Context,
  runDirs: readonly string[],
  command: ExportCommand,
): Promise<ExitCode> {
  const format = formatOf(command.format);
  const dirs = runDirs.map((dir) => resolve(dir));
  refuseAlike(dirs);
  const out = resolve(command.out ?? join(dirs[0] ?? '.', 'exports'));
  const sources: ExportSource[] = [];
  for (const dir of dirs) {
    context.signal.throwIfAborted();
    context.progress.detail(`reading ${basename(dir)}`);
    sources.push(await readExportSource(dir, { isPartial: command.partial === true }));
  }
  context.written.add(out);
  const { files, notes } = await writeExports(sources, format, out);
  for (const { file } of files) context.written.add(file);
  context.progress.finish();
  const problems = sources.flatMap(({ dir, problems: found }) =>
    found.map(({ file, problem }) => ({ run: dir, file, problem })),
  );
  for (const { run, file, problem } of problems)
    context.say(`netvm: ${problem.startsWith(run) ? problem : `${join(run, file)} ${problem}`}`);
  for (const note of notes) context.say(`netvm: ${note}`);
  if (command.json) context.print(JSON.stringify({ format, out, files, notes, problems }, null, 2));
  else for (const { file } of files) context.print(plain(file));
  return exitCode.done;
}

function formatOf(text: string): ExportFormat {
  const format = exportFormats.find((name) => name === text);
  if (format !== undefined) return format;
  throw new UserError(
    exitCode.badInput,
    `--format: expected ${exportFormats.join(', ')}, got ${describe(text)}${didYouMean(text, exportFormats)}`,
  );
}

/** Some formats have a directory for each run, of its name. */
function refuseAlike(dirs: readonly string[]): void {
  const names = dirs.map((dir) => basename(dir));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new UserError(
    exitCode.badInput,
    `two of the runs are in directories of the name ${describe(twice)}: export them one after the other, each with its own --out`,
  );
}
