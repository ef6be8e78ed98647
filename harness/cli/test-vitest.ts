import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cannotRunVariable } from '../model/cannot-run.ts';
import { readCannotRun } from './test-cannot-run.ts';
import { count, runTool } from './test-stage.ts';
import type { Stage } from './test-stage.ts';

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
});

/** The vitest project of that name. A skipped test counts as failed, as a hole, but for one that has said what this machine lacks for it. */
export function vitestStage(root: string, project: string): Stage {
  const name = `vitest ${project}`;
  return {
    name,
    async run(signal) {
      const file = join(root, '.netvm', `vitest-${project}.json`);
      const cannotRunFile = join(root, '.netvm', `cannot-run-${project}.jsonl`);
      for (const old of [file, cannotRunFile]) rmSync(old, { force: true });
      const vitest = join(root, 'node_modules/vitest/vitest.mjs');
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
      const code = await runTool(
        root,
        [process.execPath, vitest, 'run', '--project', project, ...reporters],
        signal,
        { [cannotRunVariable]: cannotRunFile },
      );
      const found = parse(file);
      const cannotRun = readCannotRun(cannotRunFile);
      const holes = Math.max(0, found.numPendingTests - cannotRun.length) + found.numTodoTests;
      return { ...count(name, code, found.numPassedTests, found.numFailedTests + holes), cannotRun };
    },
  };
}

function parse(file: string): z.output<typeof reportSchema> {
  try {
    return reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0 };
  }
}
