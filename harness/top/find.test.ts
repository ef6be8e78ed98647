import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cpuNs, findPrograms } from './find.ts';

let proc = '';
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'netvm-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true, force: true }));

function plant(pid: number, args: readonly string[], stat = running): void {
  const directory = join(proc, String(pid));
  mkdirSync(directory);
  writeFileSync(join(directory, 'cmdline'), args.map((arg) => `${arg}\0`).join(''));
  writeFileSync(join(directory, 'stat'), `${pid} (a (b) c) ${stat}\n`);
  writeFileSync(join(directory, 'status'), 'Name:\tx\nCpus_allowed_list:\t1\n');
}

/** From the state on, as /proc/PID/stat has it: 120 ticks in user space, 30 in the kernel, started at 4711. */
const running = 'R 1 2 3 0 -1 4194304 10 0 0 0 120 30 0 0 20 0 1 0 4711 1000';
const netvmd = [
  '/x/netvmd',
  '--control',
  '/run/netvm/r1/netvmd.sock',
  '--telemetry',
  '/run/netvm/r1/netvmd.tlm',
];
const nf = ['/x/nf-nat', '--region', '/run/netvm/r1/huge/region', '--slot', '2', '--', '--slot', '9'];

test('programs of runs are found by what they were given, and nothing else is', () => {
  plant(30, nf);
  plant(20, netvmd);
  plant(21, ['/x/netvmd', '--telemetry', '/elsewhere/netvmd.tlm']);
  plant(22, ['/usr/bin/vi', '/run/netvm/r1/netvmd.log']);
  plant(23, netvmd, running.replace('R', 'Z'));
  plant(
    24,
    netvmd.map((arg) => arg.replace('/r1/', '/r0/')),
  );
  plant(25, []);
  mkdirSync(join(proc, '26'));
  // An NF in a guest, by what has started it.
  plant(27, ['/x/netvm-microvm', '--nf', '/x/nf-nat.bin', ...nf.slice(1)]);
  plant(28, ['/x/netvm-vm', '--nf', 'nat', ...nf.slice(1)]);
  const found = findPrograms('/run/netvm', proc);
  expect(found.map(({ pid }) => pid)).toEqual([24, 20, 27, 28, 30]);
  expect(found.slice(2).map(({ slot }) => slot)).toEqual([2, 2, 2]);
  expect(found.at(-1)).toEqual({
    pid: 30,
    startTicks: '4711',
    program: 'nf-nat',
    runId: 'r1',
    cores: '1',
    telemetry: null,
    control: null,
    // Not the option of the NF itself.
    slot: 2,
  });
});

test('CPU time is of that process, not of one that has its pid now', () => {
  plant(20, netvmd);
  const [program] = findPrograms('/run/netvm', proc);
  if (program === undefined) throw new Error('expected a program');
  expect(cpuNs(program, proc)).toBe(1.5e9);
  expect(cpuNs({ ...program, startTicks: '1' }, proc)).toBeNull();
  expect(cpuNs({ ...program, pid: 99 }, proc)).toBeNull();
});
