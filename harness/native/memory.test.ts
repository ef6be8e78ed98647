import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { privateBytes } from './memory.ts';

let proc = '';
beforeEach(() => void (proc = mkdtempSync(join(tmpdir(), 'netvm-proc-'))));
afterEach(() => rmSync(proc, { recursive: true, force: true }));

/** A process as proc(5) shows it. */
function shows(pid: number, parent: number, rollup: string, name = 'nf'): void {
  mkdirSync(join(proc, String(pid)));
  writeFileSync(join(proc, String(pid), 'stat'), `${pid} (${name}) S ${parent} 1 1 0 -1${' 0'.repeat(45)}\n`);
  writeFileSync(join(proc, String(pid), 'smaps_rollup'), rollup);
}

const rollup = (clean: number, dirty: number) =>
  [
    '55d0c0a00000-7ffc00000000 ---p 00000000 00:00 0    [rollup]',
    'Rss:               99999 kB',
    'Pss:               88888 kB',
    'Shared_Clean:      77777 kB',
    'Shared_Dirty:      66666 kB',
    `Private_Clean:     ${String(clean).padStart(5)} kB`,
    `Private_Dirty:     ${String(dirty).padStart(5)} kB`,
    'Anonymous:           400 kB',
    'Shared_Hugetlb:   204800 kB',
    'Private_Hugetlb:    2048 kB',
    '',
  ].join('\n');

test('counts what is private to a process and to all those below it, whatever they are called', () => {
  shows(1, 0, rollup(1000, 1000));
  shows(50, 1, rollup(3, 4));
  shows(51, 50, rollup(20, 30), 'qemu (x) S 1');
  shows(52, 51, rollup(500, 600));
  // Of somebody else.
  shows(53, 1, rollup(7000, 7000));
  writeFileSync(join(proc, 'meminfo'), '');
  expect(privateBytes(50, proc)).toBe((3 + 4 + 20 + 30 + 500 + 600) * 1024);
  expect(privateBytes(52, proc)).toBe(1100 * 1024);
});

test('a process that is gone has none, and one below it that is gone meanwhile counts for nothing', () => {
  shows(50, 1, rollup(3, 4));
  shows(51, 50, '');
  expect(privateBytes(50, proc)).toBe(7 * 1024);
  expect(privateBytes(51, proc)).toBeNull();
  expect(privateBytes(99, proc)).toBeNull();
});

test('the kernel shows it of a real process', () => {
  expect(privateBytes(process.pid)).toBeGreaterThan(2 ** 20);
});
