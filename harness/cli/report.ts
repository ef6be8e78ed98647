import { join, resolve } from 'node:path';
import { exitCode } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { writeReport } from '../report/html.ts';
import type { Context } from './context.ts';

/** Writes the HTML report of runs from their archives alone. */
export async function report(
  context: Context,
  runDirs: readonly string[],
  options: { readonly out?: string },
): Promise<ExitCode> {
  const outFile = resolve(options.out ?? join(runDirs[0] ?? '.', 'report.html'));
  context.written.add(outFile);
  await writeReport(
    runDirs.map((dir) => resolve(dir)),
    outFile,
  );
  context.print(outFile);
  return exitCode.done;
}
