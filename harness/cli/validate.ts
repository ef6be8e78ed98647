import { parseConfig } from '../alert/config.ts';
import { BadInput, exitCode } from '../model/errors.ts';
import type { ExitCode, InputProblem } from '../model/errors.ts';
import { readDocument } from '../profile/document.ts';
import { parseProfile } from '../profile/parse.ts';
import { allowedCores } from '../testbed/probe.ts';
import { parseTestbed } from '../testbed/parse.ts';
import type { Context } from './context.ts';
import { readInput } from './files.ts';

/** Checks profiles, testbeds and alert configurations (secrets are not looked for); every problem of every file, then exit 2. Async like every command. */
export async function validateFiles(
  context: Context,
  files: readonly string[],
  options: { readonly json?: true },
): Promise<ExitCode> {
  const problems = files.flatMap(problemsOf);
  if (options.json) context.print(JSON.stringify({ files, problems }, null, 2));
  else if (problems.length > 0) context.say(new BadInput(problems).message);
  else context.print(files.map((file) => `${file}: ok`).join('\n'));
  return Promise.resolve(problems.length === 0 ? exitCode.done : exitCode.badInput);
}

function problemsOf(file: string): readonly InputProblem[] {
  try {
    const bytes = readInput(file);
    const { data } = readDocument(bytes, file);
    if (isOf('testbed/', data)) parseTestbed(bytes, file, allowedCores());
    else if (isOf('alerts/', data)) parseConfig(bytes, file, null);
    else parseProfile(bytes, file);
    return [];
  } catch (error) {
    if (error instanceof BadInput) return error.problems;
    throw error;
  }
}

function isOf(schema: string, data: unknown): boolean {
  return (
    typeof data === 'object' && data !== null && 'schema' in data && String(data.schema).startsWith(schema)
  );
}
