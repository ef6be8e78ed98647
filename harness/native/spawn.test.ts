import { once } from 'node:events';
import { spawn as spawnNode } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measureFrequency, measureGaps, measureRoundTrip, measureSkew, tscHz } from './clock.ts';
import { spawn } from './spawn.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-spawn-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

async function say(name: string, script: string, cpus: readonly number[] = []) {
  const logFile = join(dir, name);
  const child = spawn({ file: '/bin/sh', args: ['-c', script], cpus, logFile });
  const status = await child.exited;
  return { status, child, text: readFileSync(logFile, 'utf8'), mode: statSync(logFile).mode & 0o777 };
}

test('a program says its status, and its words are kept', async () => {
  const { status, child, text, mode } = await say('words', 'echo out; echo err >&2; exit 7');
  expect(status).toEqual({ code: 7, signal: null });
  expect(child.status).toEqual(status);
  expect(text).toBe('out\nerr\n');
  expect(mode).toBe(0o600);
  child.kill('SIGKILL');
});

test('it is pinned, leads its group, and has no file of the harness', async () => {
  const { text, child } = await say(
    'state',
    'grep Cpus_allowed_list /proc/self/status; ps -o pgid= -p $$; ls /proc/self/fd | wc -l',
    [0],
  );
  const [cpus = '', group = '', files = ''] = text.split('\n');
  expect(cpus).toBe('Cpus_allowed_list:\t0');
  expect(Number(group)).toBe(child.pid);
  // 0, 1, 2, and the directory that ls reads.
  expect(Number(files)).toBe(4);
});

test('its signals are as new, its environment is only what was given', async () => {
  const { text } = await say('signals', "grep -E 'Sig(Blk|Ign)' /proc/self/status; env | sort | grep -v ^_=");
  const [blocked = '', ignored = '', ...environment] = text.trim().split('\n');
  expect([blocked, ignored].map((line) => Number.parseInt(line.split('\t')[1] ?? 'x', 16))).toEqual([0, 0]);
  expect(environment.filter((line) => !/^(PWD|SHLVL)=/.test(line))).toEqual([
    'LANG=C',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
  ]);
});

test('a kill reaches the whole group', async () => {
  const logFile = join(dir, 'group');
  const child = spawn({ file: '/bin/sh', args: ['-c', 'sleep 1000 & wait'], cpus: [], logFile });
  child.kill('SIGKILL');
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('what cannot be started is an error with its errno', () => {
  const logFile = join(dir, 'none');
  const options = { args: [], cpus: [], logFile };
  expect(() => spawn({ ...options, file: '/no/such/program' })).toThrow(
    expect.objectContaining({ message: '/no/such/program: execve: No such file or directory', errno: 2 }),
  );
  expect(() => spawn({ ...options, file: dir })).toThrow(expect.objectContaining({ errno: 13 }));
  expect(() => spawn({ ...options, file: '/bin/true', cpus: [1023] })).toThrow(/sched_setaffinity: Invalid/);
  expect(() => spawn({ ...options, file: '/bin/true', cpus: [-1] })).toThrow(/cpus: expected/);
  expect(() => spawn({ ...options, file: '/bin/true', args: ['a\0b'] })).toThrow(/NUL/);
});

test('a program dies with the harness, even one that was killed', async () => {
  const script = `
    import { spawn } from ${JSON.stringify(join(import.meta.dirname, 'spawn.ts'))};
    const child = spawn({ file: '/bin/sleep', args: ['1000'], cpus: [], logFile: ${JSON.stringify(join(dir, 'orphan'))} });
    console.log(child.pid);
  `;
  const harness = spawnNode(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(harness.stdout), 'line')) as [string];
  harness.kill('SIGKILL');
  await once(harness, 'exit');
  await expect.poll(() => isAlive(Number(line)), { timeout: 10_000 }).toBe(false);
});

test('the probe and the clock give figures of the right kind', async () => {
  expect(tscHz()).toBeGreaterThan(1e8);
  const profile = await measureGaps({ core: 0, durationMs: 50, thresholdNs: 10_000 });
  expect(profile.core).toBe(0);
  expect(profile.durationNs).toBeGreaterThanOrEqual(49e6);
  expect(profile.gapNsMax).toBeLessThanOrEqual(profile.gapNsTotal);
  await expect(measureGaps({ core: 1000, durationMs: 1, thresholdNs: 10_000 })).rejects.toThrow(
    /core 1000: Invalid/,
  );
});

test('the round trip between two cores', async () => {
  const ns = await measureRoundTrip({ coreA: 0, coreB: 1, durationMs: 5 });
  expect(ns).toBeGreaterThan(5);
  expect(ns).toBeLessThan(20_000);
  expect(await measureRoundTrip({ coreA: 0, coreB: 0, durationMs: 5 })).toBeNull();
  const absent = { coreA: 0, coreB: 1000, durationMs: 1 };
  await expect(measureRoundTrip(absent)).rejects.toThrow(/core 1000: Invalid/);
  expect(() => measureRoundTrip({ coreA: 0, coreB: 1, durationMs: 0 })).toThrow(/durationMs: expected/);
});

test('the frequency of a core: some GHz, and what a program without work gets', async () => {
  const hz = await measureFrequency({ core: 1, durationMs: 5 });
  expect(hz).toBeGreaterThan(1e8);
  expect(hz).toBeLessThan(1e10);
  await expect(measureFrequency({ core: 1000, durationMs: 1 })).rejects.toThrow(/core 1000: Invalid/);
  expect(() => measureFrequency({ core: 0, durationMs: 0 })).toThrow(/durationMs: expected/);
});

test('the skew of two counters: its sign turns with the cores, within what it says of itself', async () => {
  const there = await measureSkew({ coreA: 0, coreB: 1, durationMs: 20 });
  const back = await measureSkew({ coreA: 1, coreB: 0, durationMs: 20 });
  expect(await measureSkew({ coreA: 0, coreB: 0, durationMs: 20 })).toBeNull();
  expect(() => measureSkew({ coreA: 0, coreB: 1, durationMs: 0 })).toThrow(/durationMs: expected/);
  // Null on a machine that kept the two apart for half a second.
  if (there === null || back === null) return;
  expect(there.withinNs).toBeGreaterThan(0);
  expect(Math.abs(there.skewNs + back.skewNs)).toBeLessThanOrEqual(there.withinNs + back.withinNs + 1);
});

test('the round trip ends though both cores are busy', async () => {
  const hogs = [0, 1].map((core) =>
    spawn({ file: '/bin/sh', args: ['-c', 'while :; do :; done'], cpus: [core], logFile: join(dir, 'hog') }),
  );
  try {
    const startMs = performance.now();
    const ns = await measureRoundTrip({ coreA: 0, coreB: 1, durationMs: 5 });
    expect(performance.now() - startMs).toBeLessThan(5_000);
    if (ns !== null) expect(ns).toBeGreaterThan(5);
  } finally {
    for (const hog of hogs) hog.kill('SIGKILL');
    await Promise.all(hogs.map((hog) => hog.exited));
  }
});

function isAlive(pid: number): boolean {
  try {
    // A zombie whose new parent has not reaped it yet is as dead.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
