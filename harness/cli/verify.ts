import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { ExitCode } from '../model/errors.ts';
import { verifyBundle, verifyRun } from '../report/bundle/verify.ts';
import type { Verification } from '../report/bundle/verify.ts';
import { plain } from '../report/markup.ts';
import type { Context } from './context.ts';

export interface VerifyCommand {
  readonly sha256?: string;
  readonly json?: true;
}

/** Checks a bundle, or the directory of a run. Exit 2 where it is not sound. */
export async function verify(context: Context, path: string, command: VerifyCommand): Promise<ExitCode> {
  const { sha256 = null } = command;
  if (sha256 !== null && !/^[0-9a-f]{64}$/.test(sha256))
    throw refuse(`verify: --sha256: expected 64 hexadecimal digits, got ${JSON.stringify(sha256)}`);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined)
    throw refuse(`${path}: there is no such file; expected a bundle, or the directory of a run`);
  if (!found.isFile() && !found.isDirectory())
    throw refuse(`${path}: expected a bundle, or the directory of a run`);
  if (found.isDirectory() && sha256 !== null)
    throw refuse('verify: --sha256: the directory of a run has no sum of its own');
  context.progress.step(0, 1, `checking ${path}`);
  const result = found.isDirectory()
    ? await verifyRun(resolve(path), context.signal)
    : await verifyBundle(context.root, resolve(path), path, sha256, context.signal);
  context.progress.finish();
  for (const { file, problem } of result.problems)
    context.say(`netvm: ${file === path ? path : `${path}: ${file}`} ${problem}`);
  for (const note of result.notes) context.say(`netvm: ${note}`);
  context.print(command.json ? JSON.stringify(result, null, 2) : plain(words(path, result)));
  return result.verdict === 'sound' ? exitCode.done : exitCode.badInput;
}

function words(path: string, { verdict, run, problems, soundFiles, sha256 }: Verification): string {
  if (verdict === 'sound') {
    const sum = sha256 === null ? '' : `, SHA-256 ${sha256}`;
    return `${path}: sound: run ${run?.id ?? ''}, ${run?.cells ?? 0} cells${sum}`;
  }
  const rest =
    soundFiles === null || soundFiles.length === 0
      ? ''
      : `; ${soundFiles.length} files are as they should be`;
  return `${path}: refused: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}${rest}`;
}

function refuse(message: string): UserError {
  return new UserError(exitCode.badInput, message);
}
