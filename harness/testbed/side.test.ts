import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runSide } from './side.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-side-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

/** Runs a `./netvm` of these lines. */
function run(script: string, msMax = 600_000): Promise<string | null> {
  writeFileSync(join(base, 'netvm'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(base, 'netvm'), 0o755);
  const [outDir, logFile] = [join(base, 'out'), join(base, 'log')];
  const signal = new AbortController().signal;
  return runSide({ directory: base, profile: 'p', testbed: 't', outDir, logFile, signal, msMax });
}

test('a run that hangs is interrupted, and that is why it has no archive', async () => {
  expect(await run("trap 'echo put back; exit 130' INT\nwhile :; do sleep 0.02; done", 300)).toMatch(
    /^its run was interrupted, since it took more than 0 s: (put back|nothing)$/,
  );
});

test('one with an archive is read, whether each cell of it was measured or not', async () => {
  for (const code of [0, 1]) expect(await run(`mkdir -p "$6"; : >"$6/run.json"; exit ${code}`)).toBeNull();
});

test('one without an archive says how it ended, and what no repetition mends is thrown', async () => {
  expect(await run('echo why >&2; exit 1')).toBe('its run ended with exit 1: why');
  expect(await run('kill -9 $$')).toMatch(/^its run ended with SIGKILL: /);
  for (const code of [2, 3])
    await expect(run(`echo no such key; exit ${code}`)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('no such key') as string,
    });
});
