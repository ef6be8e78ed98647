import { exitCode, UserError } from '../model/errors.ts';

/** Runs the benchmark of this name: what a user can mend is one sentence and its exit code. */
export async function runMain(name: string, main: () => void | Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const { message, code } = error instanceof UserError ? error : badArguments(error);
    process.stderr.write(`${name}: ${message}\n`);
    process.exitCode = code;
  }
}

/** What `parseArgs` throws at an option that there is not, or a value that is missing. Anything else is a defect, and thrown on. */
function badArguments(error: unknown): UserError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (!code.startsWith('ERR_PARSE_ARGS_')) throw error;
  // Lines after the first are hints.
  return new UserError(exitCode.badInput, message.split('\n')[0] ?? message);
}
