import { spawn } from 'node:child_process';
import type { CannotRun } from '../model/cannot-run.ts';

/** One part of the tests, run by some tool. */
export interface Stage {
  readonly name: string;
  run(signal: AbortSignal): Promise<StageResult>;
}

export interface StageResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** Those that this machine lacks something for, each with a reason of its own. Neither passed nor failed. */
  readonly cannotRun?: readonly CannotRun[];
}

/** A tool that says yes or no: one test. */
export function commandStage(root: string, name: string, argv: readonly string[]): Stage {
  return {
    name,
    async run(signal) {
      const code = await runTool(root, argv, signal);
      return { name, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
    },
  };
}

/** Runs a tool with its output on stderr; resolves with its exit code, 127 where it cannot be started. */
export function runTool(
  root: string,
  argv: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', process.stderr, 'inherit'],
      env: { ...process.env, ...env },
      signal,
    });
    child.on('error', (error) => {
      if (!signal.aborted) process.stderr.write(`netvm: ${program}: ${error.message}\n`);
      if (child.pid === undefined) resolve(127);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** What a tool counted; a stage that failed or ran nothing counts at least one failure. */
export function count(name: string, code: number, passed: number, failed: number): StageResult {
  const isSound = code === 0 && passed > 0;
  return { name, passed, failed: isSound ? failed : Math.max(1, failed) };
}
