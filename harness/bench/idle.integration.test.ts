import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { inWords, type IdleBench } from './idle.ts';

const script = resolve(import.meta.dirname, 'idle.ts');

test('runs small: on either core an idle NF takes far less than netvmd, which polls, and a trickle comes through', () => {
  const dir = mkdtempSync(join(tmpdir(), 'netvm-bench-idle-'));
  try {
    const out = join(dir, 'idle.json');
    const args = [script, '--nfs', '2', '--seconds', '1', '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const stored = JSON.parse(readFileSync(out, 'utf8')) as IdleBench;
    expect(stored.rows.map(({ nfs, nfCore, load }) => [nfs, nfCore, load])).toEqual([
      [2, 1, 'idle'],
      [2, 1, 'trickle'],
      [2, 0, 'idle'],
      [2, 0, 'trickle'],
    ]);
    for (const { load, pps, netvmdPercent, shares } of stored.rows) {
      expect(shares.map(({ name }) => name)).toEqual(['nf0-forward', 'nf1-forward']);
      expect(pps > 0).toBe(load === 'trickle');
      if (load === 'idle') for (const { percent } of shares) expect(percent).toBeLessThan(netvmdPercent / 4);
    }
    expect(stdout).toContain(inWords(stored));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('one that is told to stop says so in one sentence, and leaves nothing behind', async () => {
  const runDir = '/run/netvm/bench-idle';
  const child = spawn(process.execPath, [script, '--nfs', '1', '--seconds', '600'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  await expect.poll(() => existsSync(`${runDir}/idle-1-1/netvmd.tlm`), { timeout: 30_000 }).toBe(true);
  child.kill('SIGTERM');
  expect(await exited).toBe(130);
  expect(said).toBe('idle: interrupted; everything is put back\n');
  expect(existsSync(runDir)).toBe(false);
});
