import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { count, runTool } from './test-stage.ts';
import type { Stage } from './test-stage.ts';

const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
});

/** The vitest project of that name. Skipped tests count as failed: they are holes. */
export function vitestStage(root: string, project: string): Stage {
  const name = `vitest ${project}`;
  return {
    name,
    async run(signal) {
      const file = join(root, '.netvm', `vitest-${project}.json`);
      rmSync(file, { force: true });
      const vitest = join(root, 'node_modules/vitest/vitest.mjs');
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
      const code = await runTool(
        root,
        [process.execPath, vitest, 'run', '--project', project, ...reporters],
        signal,
      );
      const found = parse(file);
      const holes = found.numFailedTests + found.numPendingTests + found.numTodoTests;
      return count(name, code, found.numPassedTests, holes);
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
