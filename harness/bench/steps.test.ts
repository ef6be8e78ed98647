import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { figuresOf, inWords, targetsOf } from './steps.ts';

const script = resolve(import.meta.dirname, 'steps.ts');
const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });

const machine = { cpuModel: 'a processor', date: '2026-01-01T00:00:00Z', tscGhz: 2 };
const runsOf = (steps: Readonly<Record<string, readonly number[]>>) =>
  [0, 1, 2].map((i) => ({
    ...machine,
    steps: Object.entries(steps).map(([step, ns]) => ({ step, ns: ns[i] ?? 0 })),
  }));

test('a figure is the median of the runs, with lowest and highest', () => {
  expect(figuresOf(runsOf({ forward: [3, 1, 2] }))).toEqual([
    { step: 'forward', medianNs: 2, lowestNs: 1, highestNs: 3 },
  ]);
});

test('targets are judged by the median; a step that is not there is said to be missing', () => {
  const steps = figuresOf(
    runsOf({
      'ring hop, a packet': [1, 1, 1],
      'process hop': [20, 20, 99],
      'classify, 1 M flows': [31, 30.5, 1],
      forward: [1, 1, 1],
    }),
  );
  const targets = targetsOf(steps);
  expect(Object.fromEntries(targets.map(({ what, verdict }) => [what, verdict]))).toEqual({
    receive: 'missing',
    'classify, 1 M flows': 'missed',
    'hand over': 'missing',
    'one process hop': 'met',
    NF: 'no target',
    'hand back': 'missing',
    transmit: 'missing',
    'cross-domain copy, 64 B': 'missing',
  });
  const elsewhere = [{ what: 'a rate', target: '10 Mpps', command: './netvm run profiles/p.yaml' }];
  const words = inWords({ ...machine, runs: 3, cores: [0, 1], steps, targets, elsewhere });
  expect(words).toContain('classify, 1 M flows (target 30 ns): 30.5 ns, missed (classify, 1 M flows)');
  expect(words).toContain('cross-domain copy, 64 B (target 40 ns): missing, no step has such a name');
  expect(words).toContain(
    'a rate (target 10 Mpps): a rate, which no step shows: ./netvm run profiles/p.yaml',
  );
});

test.each([
  { args: ['--runs', '0'], words: '--runs: expected a whole number from 1 to 100, got 0' },
  { args: ['--cores', '1'], words: '--cores: expected two cores, for example 0,1, got 1' },
  { args: ['--cores', '1,1'], words: '--cores: expected two cores, for example 0,1, got 1,1' },
  { args: ['--cores', '0,1023'], words: '--cores: expected two of ' },
])('says what was wrong with $args', ({ args, words }) => {
  const { status, stderr } = run(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(words);
});
