import { dirname, join, resolve } from 'node:path';
import { exitCode } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { nameOf, writeBundle } from '../report/bundle/bundle.ts';
import { plain } from '../report/markup.ts';
import { readRun } from '../store/read.ts';
import type { Context } from './context.ts';
import { refuseUnwritable } from './files.ts';

export interface BundleCommand {
  readonly out?: string;
  readonly json?: true;
}

/** Writes one file with all that a reviewer of a run needs. */
export async function bundle(context: Context, runDir: string, command: BundleCommand): Promise<ExitCode> {
  const dir = resolve(runDir);
  const outFile = resolve(command.out ?? join(dirname(dir), `${nameOf((await readRun(dir)).id)}.tar.gz`));
  refuseUnwritable(outFile);
  context.progress.step(0, 1, 'making the report, collecting the source, packing');
  const { manifest, sha256 } = await writeBundle(context.root, dir, outFile);
  context.written.add(outFile);
  context.progress.finish();
  for (const { what, reason } of manifest.missing) context.say(`netvm: ${what}: ${reason}`);
  if (manifest.source.reason !== null) context.say(`netvm: ${manifest.source.reason}`);
  context.print(
    command.json
      ? JSON.stringify({ file: outFile, sha256, manifest }, null, 2)
      : plain(`${sha256}  ${outFile}`),
  );
  return exitCode.done;
}
