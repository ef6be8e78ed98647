import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { inWords, type StepsBench } from './steps.ts';

const script = resolve(import.meta.dirname, 'steps.ts');
const root = resolve(import.meta.dirname, '../..');

test('runs both benches small, finds every step, and stores what it found with the machine that it is of', () => {
  const dir = mkdtempSync(join(tmpdir(), 'netvm-bench-steps-'));
  try {
    const out = join(dir, 'bench', 'steps.json');
    const args = [script, '--smoke', '--runs', '2', '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const stored = JSON.parse(readFileSync(out, 'utf8')) as StepsBench;
    expect(stored.cpuModel).not.toBe('');
    expect(stored.date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(stored.tscGhz).toBeGreaterThan(0);
    expect(stored.runs).toBe(2);
    expect(stored.targets.filter(({ verdict }) => verdict === 'missing')).toEqual([]);
    for (const { medianNs } of stored.steps) expect(medianNs).toBeGreaterThan(0);
    for (const { command } of stored.elsewhere)
      expect(existsSync(join(root, command.split(' ').at(-1) ?? ''))).toBe(true);
    expect(stdout).toContain(inWords(stored));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('bench-port says what it needs, and one that cannot open its port leaves nothing behind', () => {
  const file = join(root, 'native/build/bench/bench-port');
  const run = (...args: string[]) => spawnSync(file, args, { encoding: 'utf8' });
  const bare = run('--cores', '0,1');
  expect(bare.status).toBe(2);
  expect(bare.stderr).toContain('usage: bench-port --region FILE --wire SOCKET');
  const dir = mkdtempSync(join(tmpdir(), 'netvm-bench-port-'));
  try {
    const wire = join(dir, 'no', 'wire.sock');
    const noWire = run('--region', join(dir, 'region'), '--wire', wire);
    expect(noWire.status).toBe(3);
    expect(noWire.stderr).toContain(`${wire}: cannot listen for a device`);
    expect(existsSync(join(dir, 'region'))).toBe(false);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
