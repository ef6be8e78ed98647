import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { withRealTestbed } from './testbed.fixture.ts';

test('a harness killed with SIGKILL in a trial leaves no process', async () => {
  await withRealTestbed(async ({ runDir, hugeDir }) => {
    const fixture = join(import.meta.dirname, 'run-and-hang.fixture.ts');
    const harness = spawn(process.execPath, [fixture, runDir, hugeDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(harness.stdout), 'line')) as [string];
    const pids = JSON.parse(line) as number[];
    expect(pids).toHaveLength(4);
    expect(pids.filter(isRunning)).toEqual(pids);
    harness.kill('SIGKILL');
    await once(harness, 'exit');
    await expect.poll(() => pids.filter(isRunning), { timeout: 30_000 }).toEqual([]);
  });
});

/** A zombie that its new parent has not reaped yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
