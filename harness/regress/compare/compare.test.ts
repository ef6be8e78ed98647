import { expect, test } from 'vitest';
import { simulatedSide } from '../../bench/compare-runs.ts';
import type { CellResult, Run, TrialRecord } from '../../model/run.ts';
import type { RunData } from '../repeats.ts';
import { compare } from './compare.ts';
import { comparisonOf } from './report.ts';

const changed = (data: RunData, change: (result: CellResult, i: number) => CellResult): RunData => ({
  ...data,
  run: { ...data.run, results: data.run.results.map(change) },
});
const times = (data: RunData, factor: number, only?: number): RunData =>
  changed(data, (result, i) => {
    const { throughput } = result;
    if (throughput === null || (only !== undefined && i !== only)) return result;
    const pps = throughput.pps * factor;
    return { ...result, throughput: { ...throughput, pps, lowerPps: pps, upperPps: pps } };
  });

test('of several runs a side what differs is called so, and the rest is not', () => {
  const { a, b } = simulatedSide('noise 1 %', 1, { runs: 4, cells: 4, change: -0.2 });
  const found = compare(a, b);
  expect(found.verdict).toBe('different');
  expect(found.figures.map(({ verdict }) => verdict)).toEqual([
    'different',
    ...Array.from({ length: 3 }, () => 'no-difference'),
  ]);
  const [first, second] = found.figures;
  expect(first?.interval).toMatchObject({
    basis: 'runs',
    method: 'student',
    confidence: 0.95,
    restsOn: '4 and 4 runs',
  });
  expect(first?.interval?.low).toBeLessThan(0.8);
  expect(first?.interval?.high).toBeGreaterThan(0.8);
  expect(first?.effect).toMatchObject({ cliffsDelta: -1 });
  expect(second?.reason).toMatch(/^no difference that this data can show; it would have shown -\d/);
  expect(found.conclusion).toContain('1 of 4 figures differ: 0 better, 1 worse');
});

test('one run a side makes a figure suspected at most, and says what that rests on', () => {
  const { a, b } = simulatedSide('noise 1 %', 1, { runs: 1, cells: 8, change: -0.3 });
  const { verdict, figures, conclusion } = compare(a, b);
  expect(verdict).toBe('suspected');
  expect(figures[0]).toMatchObject({ verdict: 'suspected', interval: { basis: 'other-figures' } });
  expect(figures[0]?.reason).toContain('one run a side cannot tell a change from what else befell a run');
  expect(conclusion).toContain('./netvm gate --against COMMIT measures in turns');
});

test('all cells together are suspected where the generator alone stood still, and the machine’s where it did not', () => {
  const { a, b } = simulatedSide('noise 1 %', 2, { runs: 1, cells: 8, change: 0 });
  const faster = b.map((data) => times(data, 1.5));
  expect(compare(a, faster).overall).toMatchObject([{ kind: 'rate', verdict: 'suspected', cells: 8 }]);
  const withGenerator = faster.map(({ run, trials }) => ({
    trials,
    run: {
      ...run,
      generator: run.generator && { ...run.generator, ceilingPps: run.generator.ceilingPps * 1.5 },
    },
  }));
  const { overall, figures, verdict } = compare(a, withGenerator);
  expect(overall).toMatchObject([{ verdict: 'machine' }]);
  expect(overall[0]?.reason).toMatch(/the generator alone changed 1\.[45]\d times as well/);
  expect(figures.every((one) => one.verdict === 'no-difference')).toBe(true);
  expect(verdict).toBe('no-difference');
});

test('what comes with cores that lie elsewhere is the machine’s', () => {
  const { a, b } = simulatedSide('noise 1 %', 3, { runs: 4, cells: 2, change: -0.3 });
  const at = (ns: number) => (data: RunData) =>
    changed(data, (result) => ({ ...result, coreRoundTripNs: { before: ns, after: ns } }));
  expect(compare(a.map(at(140)), b.map(at(650))).figures[0]).toMatchObject({
    verdict: 'machine',
    reason: 'different, but the cores lay 140 ns apart in A and 650 ns in B.',
  });
  expect(compare(a.map(at(140)), b.map(at(150))).figures[0]?.verdict).toBe('different');
});

test('what is not valid, not of one kind, or held by the wire is shown and not compared', () => {
  const { a, b } = simulatedSide('noise 1 %', 4, { runs: 1, cells: 5, change: 0 });
  const broken = b.map((data) =>
    changed(data, (result, i) => {
      if (i === 0) return { ...result, verdict: 'failed', reason: 'It did not start.', throughput: null };
      if (i === 1) return { ...result, verdict: 'disturbed', reason: null };
      return i === 2 ? { ...result, provenance: 'emulated' } : result;
    }),
  );
  const full = (data: RunData) =>
    changed(data, (result, i) =>
      i === 3 && result.throughput
        ? { ...result, throughput: { ...result.throughput, upperPps: null } }
        : result,
    );
  const { figures } = compare(a.map(full), broken.map(full));
  expect(figures.map(({ verdict, reason }) => [verdict, reason])).toEqual([
    ['not-compared', 'B has no valid figure: It did not start.'],
    ['not-compared', 'B has no valid figure: the verdict is disturbed.'],
    ['not-compared', 'A is modelled and B is emulated: their ratio says nothing of what was measured.'],
    ['not-compared', 'both carry all that the wire does, which hides any difference.'],
    [
      'no-difference',
      expect.stringContaining('no difference that this data can show, and it could have shown none'),
    ],
  ]);
  // Shown all the same.
  expect(figures[2]?.ratio).not.toBeNull();
});

test('repeats within one run each give an interval that says what it does not say', () => {
  const { a, b } = simulatedSide('noise 1 %', 5, { runs: 1, cells: 1, change: 0 });
  const mrr = (data: RunData, level: number): RunData => {
    const run = changed(data, (result) => ({ ...result, cell: { ...result.cell, method: 'mrr' } })).run;
    const cell = run.results[0]?.cell;
    if (cell === undefined) throw new Error('expected a cell');
    const trials = Array.from({ length: 10 }, (_, i) => trial(cell, level * (1 + 0.01 * (i % 3))));
    return { run, trials };
  };
  const [first] = compare([mrr(a[0] as RunData, 1e6)], [mrr(b[0] as RunData, 2e6)]).figures;
  expect(first).toMatchObject({
    verdict: 'no-difference',
    effect: { cliffsDelta: 1 },
    interval: { basis: 'repeats', method: 'bootstrap' },
    showable: null,
  });
  expect(first?.a.samples).toHaveLength(10);
  expect(first?.interval?.restsOn).toContain('which say nothing of how runs differ');
});

const emulated = (data: RunData, from: number): RunData =>
  changed(data, (result, i) => (i < from ? result : { ...result, provenance: 'emulated' }));

test('what is emulated is judged by what is emulated, is a whole of its own, and is called so', () => {
  const { a, b } = simulatedSide('noise 1 %', 2, { runs: 1, cells: 8, change: 0 });
  const level = (data: RunData) =>
    changed(data, (result, i) => (i < 4 ? result : (times(data, 3).run.results[i] ?? result)));
  const [before, after] = [a.map((one) => emulated(one, 4)), b.map(level).map((one) => emulated(one, 4))];
  const found = compare(before, after);
  expect(found.overall).toMatchObject([
    { kind: 'rate', provenance: 'modelled', cells: 4, verdict: 'no-difference' },
    { kind: 'rate', provenance: 'emulated', cells: 4, verdict: 'suspected' },
  ]);
  expect(found.overall[0]?.ratio).toBeCloseTo(1, 1);
  expect(found.overall[1]?.ratio).toBeCloseTo(3, 0);
  expect(found.conclusion).toContain('rates of 4 emulated cells together +');
  // Three times as much in half of the cells would hide what the others do.
  const alone = compare(
    a.map(({ run, trials }) => ({ trials, run: { ...run, results: run.results.slice(0, 4) } })),
    b.map(({ run, trials }) => ({ trials, run: { ...run, results: run.results.slice(0, 4) } })),
  );
  expect(found.figures.slice(0, 4).map(({ interval }) => interval)).toEqual(
    alone.figures.map(({ interval }) => interval),
  );
});

test('a side whose runs are not of one kind is not compared', () => {
  const { a, b } = simulatedSide('noise 1 %', 2, { runs: 2, cells: 1, change: 0 });
  const mixed = (side: readonly RunData[]) => side.map((data, i) => (i === 0 ? data : emulated(data, 0)));
  const kinds = 'are not of one kind: modelled, emulated; what is emulated says nothing of what is measured.';
  expect(compare(mixed(a), mixed(b)).figures).toMatchObject([
    { verdict: 'not-compared', reason: `the runs of A ${kinds}` },
  ]);
  expect(compare(a, mixed(b)).figures).toMatchObject([
    { verdict: 'not-compared', reason: `the runs of B ${kinds}` },
  ]);
});

test('cells of one side only are named, and so is one measured twice in a run, which counts for neither', () => {
  const { a, b } = simulatedSide('noise 1 %', 6, { runs: 1, cells: 4, change: 0 });
  const less = b.map(({ run, trials }) => ({ trials, run: { ...run, results: run.results.slice(1) } }));
  const found = compare(a, less);
  expect(found.figures).toHaveLength(3);
  expect(found.onlyInA.map(({ nfs }) => nfs)).toEqual([['nf0']]);
  expect(compare(less, a).onlyInB.map(({ nfs }) => nfs)).toEqual([['nf0']]);
  const twice = b.map(({ run, trials }) => ({
    trials,
    run: { ...run, results: [...run.results, ...run.results.slice(0, 1)] },
  }));
  const again = compare(a, twice);
  expect(again.figures).toHaveLength(3);
  expect(again.onlyInA).toEqual([]);
  expect(again.twiceInB.map(({ nfs }) => nfs)).toEqual([['nf0']]);
  expect(compare(twice, a)).toMatchObject({ onlyInB: [], twiceInB: [], twiceInA: [{ nfs: ['nf0'] }] });
  // Twice on both sides, it is not gone.
  expect(compare(twice, twice)).toMatchObject({ twiceInA: [{ nfs: ['nf0'] }], twiceInB: [{ nfs: ['nf0'] }] });
});

test('turning the sides round turns ratio and interval round', () => {
  const { a, b } = simulatedSide('noise 10 %', 7, { runs: 3, cells: 4, change: -0.5 });
  const [there, back] = [compare(a, b).figures, compare(b, a).figures];
  there.forEach((figure, i) => {
    const other = back[i];
    expect(figure.verdict).toBe(other?.verdict);
    expect((figure.ratio ?? 0) * (other?.ratio ?? 0)).toBeCloseTo(1, 9);
    expect((figure.interval?.low ?? 0) * (other?.interval?.high ?? 0)).toBeCloseTo(1, 9);
  });
});

test('what changed besides is named: commit, machine and settings', () => {
  const { a, b } = simulatedSide('noise 1 %', 8, { runs: 1, cells: 3, change: 0 });
  const of = (data: RunData | undefined, profile: unknown, kernel: string, gitCommit: string) => ({
    ...(data as RunData),
    run: { ...(data as RunData).run, profile } as Run,
    facts: [{ ...host, kernel, gitCommit }],
    name: gitCommit,
    problems: [],
  });
  const { changed: changes } = comparisonOf(
    [of(a[0], { method: { trialDurationMs: 250 }, flows: 1 }, '6.1', 'a'.repeat(40))],
    [of(b[0], { method: { trialDurationMs: 1000 }, flows: 1 }, '6.2', 'b'.repeat(40))],
  );
  expect(changes).toEqual({
    commit: ['aaaaaaaaaaaa -> bbbbbbbbbbbb'],
    machine: ['kernel 6.1 -> 6.2'],
    settings: ['method.trialDurationMs 250 -> 1000'],
  });
});

const host = {
  host: 'h',
  cpuModel: 'c',
  cores: 2,
  microcode: null,
  kernel: '',
  kernelCommandLine: '',
  mitigations: {},
  governor: null,
  hypervisor: null,
  tscHz: null,
  hugepages: {},
  memoryBytes: 2 ** 30,
  dpdkVersion: '22.11',
  nodeVersion: '26',
  gitCommit: null,
  gitDirty: false,
  packageLockSha256: null,
};

function trial(cell: CellResult['cell'], receivedPps: number): TrialRecord {
  return {
    cell,
    purpose: 'mrr',
    intendedPps: 0,
    offeredPps: receivedPps,
    receivedPps,
    durationNs: 1e9,
    lossRatio: 0,
    lostInGaps: 0,
    verdict: 'valid',
    reason: null,
    books: { sent: 1, received: 1, drops: {}, inFlight: 0, duplicates: 0, reordered: 0 },
    gaps: [],
    gapNs: { generator: 0, device: 0 },
    latencyNs: null,
    cpu: null,
  };
}
