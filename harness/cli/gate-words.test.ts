import { expect, test } from 'vitest';
import type { GateCell, GateReport } from '../regress/gate.ts';
import { gateCases, gateMarkdown, gateTable } from './gate-words.ts';

const one: GateCell = {
  cell: {
    dataplane: 'netvm',
    isolation: 'process',
    nfs: ['forward', 'firewall'],
    frameSizeBytes: 64,
    method: 'mrr',
  },
  metric: { name: 'receivedPps', unit: 'pps', better: 'higher' },
  outcome: 'refuted',
  reason: 'no regression beyond 5 %: +0.1 % (-1.0 % to +1.2 %), after 12 rounds.',
  before: 14_200_000,
  after: 14_210_000,
  relativeChange: 0.001,
  interval: [-0.01, 0.012],
  confidence: 0.995,
  noise: 0.0123,
  beforeAll: [],
  afterAll: [],
};

function report(more: Partial<GateReport>, ...cells: readonly Partial<GateCell>[]): GateReport {
  return {
    schema: 'gate/1',
    before: { name: 'main', commit: '0123456789abcdef', isDirty: false },
    after: { name: 'working tree', commit: 'fedcba9876543210', isDirty: true },
    profile: 'gate',
    floor: 0.05,
    outcome: 'passed',
    reason: 'Passed: no cell is worse by more than 5 %.',
    rounds: 12,
    roundsMax: 20,
    cells: cells.map((cell) => ({ ...one, ...cell })),
    repeated: [],
    elapsedMs: 360_000,
    ...more,
  };
}

const kinds = report(
  { repeated: [{ round: 2, repeats: 2, reason: 'it fell over.' }] },
  {},
  { outcome: 'confirmed', relativeChange: -0.2, interval: [-0.22, -0.18], reason: 'worse.' },
  { interval: [0.1, 0.2] },
  { outcome: 'undecided', interval: null, reason: 'noise.' },
  { outcome: 'failed', before: null, after: null, relativeChange: null, interval: null, reason: 'gone.' },
  {
    metric: { name: 'latencyP99At50PercentNs', unit: 'ns', better: 'lower' },
    before: 9000,
    after: 8000,
    interval: [-0.2, -0.1],
  },
);

test('a table in a terminal: each cell, what was measured, the verdict in words; then what is not plain', () => {
  const lines = gateTable(kinds).split('\n');
  expect(lines[0]).toBe(
    'main (0123456789) against working tree (fedcba9876 with changes), gate, 12 of at most 20 rounds',
  );
  expect(lines[4]).toBe(
    'netvm, forward > firewall, 64 B, mrr                           14.20 Mpps  14.21 Mpps  +0.1 %   -1.0 % to +1.2 %    1.2 %  no regression',
  );
  const verdicts = lines.slice(4, 10).map((line) => line.split(/ {2,}/).at(-1));
  expect(verdicts).toEqual([
    'no regression',
    'regression, beyond 5 %',
    'better',
    'cannot tell',
    'fails',
    'better',
  ]);
  expect(lines.slice(11)).toEqual([
    'netvm, forward > firewall, 64 B, mrr: worse.',
    'netvm, forward > firewall, 64 B, mrr: noise.',
    'netvm, forward > firewall, 64 B, mrr: gone.',
    'Round 3 was repeated 2 times: it fell over.',
    'Passed: no cell is worse by more than 5 %.',
  ]);
});

test('a comment to a pull request: one table, and nothing in a name is markup or a mention', () => {
  const nasty = { name: '@all [x](http://e.org) <b>|`', commit: null, isDirty: false };
  const text = gateMarkdown(report({ before: nasty }, {}, { outcome: 'undecided', reason: 'noise.' }));
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  expect(rows).toHaveLength(4);
  for (const row of rows) expect(row.replace(/\\\|/g, '').match(/\|/g)).toHaveLength(8);
  expect(text).toContain('@&#8203;all \\[x\\]\\(http:&#8203;//e.org\\) &#60;b&#62;\\|\\` against');
  expect(text).toContain('Intervals hold with 99.5 % confidence');
});

test('JUnit: a regression fails, what is undecided is skipped, and fails where it must not be', () => {
  const outcomes = (isStrict: boolean) => gateCases(kinds, isStrict).map(({ outcome }) => outcome);
  expect(outcomes(false)).toEqual(['passed', 'failed', 'passed', 'skipped', 'failed', 'passed']);
  expect(outcomes(true)).toEqual(['passed', 'failed', 'passed', 'failed', 'failed', 'passed']);
  expect(gateCases(kinds, false).reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(360);
});

test('nothing in it steers the terminal, whoever named things', () => {
  const before = { name: 'a\u001b[2J', commit: null, isDirty: false };
  const hostile = { cell: { ...one.cell, nfs: ['\u001b]0;x\u0007'] }, reason: 'b\u009b1m\r' };
  const text = gateTable(report({ before }, { ...hostile, outcome: 'undecided' }));
  expect(text).toContain('b\ufffd1m\ufffd');
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});
