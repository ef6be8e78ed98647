/** Exit codes of the command line; every error that a user can cause carries one. */
export const exitCode = {
  done: 0,
  measurementFailed: 1,
  badInput: 2,
  testbedUnable: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** An error with a remedy, meant for the user: printed without a stack. */
export class UserError extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.name = 'UserError';
    this.code = code;
  }
}

/** One problem in a profile or testbed file. Lines and columns count from 1. */
export interface InputProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, what was expected, the nearest valid name. */
  readonly message: string;
}

/** Bad input: nothing was started. */
export class BadInput extends UserError {
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    super(exitCode.badInput, problems.map((p) => `${p.file}:${p.line}:${p.column}: ${p.message}`).join('\n'));
    this.problems = problems;
  }
}
