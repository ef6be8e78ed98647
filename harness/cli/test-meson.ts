import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { CannotRun } from '../model/cannot-run.ts';
import { count, runTool } from './test-stage.ts';
import type { Stage } from './test-stage.ts';

/** The native tests. Anything but a pass counts as failed, also a skip, but for one (exit code 77) that says in a line of its own why it cannot run here. */
export function mesonStage(root: string): Stage {
  const name = 'meson test';
  return {
    name,
    async run(signal) {
      const build = join(root, 'native/build');
      const log = join(build, 'meson-logs/testlog.json');
      rmSync(log, { force: true });
      // One at a time: they pin cores and share huge pages.
      const argv = ['meson', 'test', '-C', build, '--num-processes', '1', '--print-errorlogs'];
      const code = await runTool(root, argv, signal);
      const results = readResults(log);
      const passed = results.filter(({ result }) => result === 'OK' || result === 'EXPECTEDFAIL').length;
      const cannotRun = results.flatMap(skippedForAReason);
      return { ...count(name, code, passed, results.length - passed - cannotRun.length), cannotRun };
    },
  };
}

const resultSchema = z.object({ name: z.string(), result: z.string(), stdout: z.string().default('') });
type Result = z.output<typeof resultSchema>;

export function skippedForAReason({ name, result, stdout }: Result): CannotRun[] {
  const reason = /^cannot run here: (.+)$/m.exec(stdout)?.[1];
  return result === 'SKIP' && reason !== undefined ? [{ test: name, reason }] : [];
}

function readResults(log: string): Result[] {
  try {
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    return lines.map((line) => resultSchema.parse(JSON.parse(line)));
  } catch {
    return [];
  }
}
