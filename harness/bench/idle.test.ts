import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { inWords, verdictOf, type IdleRow } from './idle.ts';

const script = resolve(import.meta.dirname, 'idle.ts');
const share = (percent: number) => ({ name: 'nf0-forward', percent });

test('the goal is for idle NFs, and each has to meet it', () => {
  expect(verdictOf('idle', [share(0), share(4.9)])).toBe('met');
  expect(verdictOf('idle', [share(0), share(5)])).toBe('missed');
  expect(verdictOf('trickle', [share(50)])).toBe('no goal');
});

test('the table has a line for each chain, core and load, with the verdict', () => {
  const rows: IdleRow[] = [
    {
      nfs: 2,
      nfCore: 1,
      load: 'idle',
      pps: 0,
      netvmdPercent: 99.5,
      shares: [share(0.3), share(7)],
      verdict: 'missed',
    },
    {
      nfs: 2,
      nfCore: 0,
      load: 'trickle',
      pps: 998,
      netvmdPercent: 98,
      shares: [share(5.5), share(6)],
      verdict: 'no goal',
    },
  ];
  const machine = {
    cpuModel: 'a processor',
    date: '2026-01-01T00:00:00Z',
    cores: [0, 1],
    seconds: 4,
  } as const;
  const [head, , ...lines] = inWords({ ...machine, goalPercent: 5, rows }).split('\n');
  expect(head).toBe(
    'a processor, netvmd on core 1, 2026-01-01T00:00:00Z: % of a core over 4 s; idle NFs are to take less than 5 % each',
  );
  expect(lines.map((line) => line.trim().split(/\s+/).join(' '))).toEqual([
    '2 1 idle 99.5 0.3 7.0 missed',
    '2 0 (other) 998 pps 98.0 5.5 6.0 no goal',
  ]);
});

test.each([
  { args: ['--nfs', '1,33'], words: 'idle: --nfs: expected a whole number from 1 to 32, got 33' },
  { args: ['--seconds', '0'], words: 'idle: --seconds: expected a whole number from 1 to 600, got 0' },
  { args: ['--cores', '0'], words: 'idle: --cores: expected two cores, for example 0,1, got 0' },
])('says what was wrong with $args', ({ args, words }) => {
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  expect(stderr.trim()).toBe(words);
  expect(status).toBe(2);
});
