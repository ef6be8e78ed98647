import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { count, runTool } from './test-stage.ts';
import type { Stage } from './test-stage.ts';

/** The native tests. Anything but a pass, a skip too, counts as failed. */
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
      const passed = results.filter((result) => result === 'OK' || result === 'EXPECTEDFAIL').length;
      return count(name, code, passed, results.length - passed);
    },
  };
}

function readResults(log: string): string[] {
  try {
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    return lines.map((line) => z.object({ result: z.string() }).parse(JSON.parse(line)).result);
  } catch {
    return [];
  }
}
