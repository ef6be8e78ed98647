import { appendFileSync } from 'node:fs';
import type { TestContext } from 'vitest';
import { cannotRunVariable, type CannotRun } from '../model/cannot-run.ts';

/** Ends the test as one that cannot run on this machine, for a reason that is printed with the results; does nothing where there is none. */
export function endsWhere(reason: string | null, { task, skip }: Pick<TestContext, 'task' | 'skip'>): void {
  if (reason === null) return;
  const file = process.env[cannotRunVariable];
  const line: CannotRun = { test: task.name, reason };
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
  skip(reason);
}
