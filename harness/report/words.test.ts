import { describe, expect, test } from 'vitest';
import { framesOf } from '../model/frames.ts';
import type { Cell, CellResult, Run, TrialRecord } from '../model/run.ts';
import { repeats } from '../stats/summary.ts';
import { syntheticRun } from '../store/fixture.ts';
import { compareWithBaseline } from './compare.ts';
import { cellRows, framesIn, isOf, type RunSource } from './source.ts';
import { headline, latencyReading, rateMeaning, ratioReading, throughputReading, wireText } from './words.ts';

const small = framesOf({ frameSizeBytes: 64 });

test('the headline spans all valid chains of the smallest frame', () => {
  expect(headline([source(syntheticRun())])).toBe(
    'NetVM carries 2.4 to 4.0 times what vhost-user does through chains of 1 and 3 NFs, in 64-byte frames without loss.',
  );
});

test('a loss is said as plainly as a win', () => {
  const run = syntheticRun();
  const swapped = run.results.map((result) => ({
    ...result,
    cell: { ...result.cell, dataplane: other(result.cell.dataplane) },
  }));
  expect(headline([source({ ...run, results: swapped })])).toMatch(/^NetVM carries 0\.25 to 0\.41 times/);
});

test('without a baseline the headline says what NetVM carries; without a valid cell that there is none', () => {
  const run = syntheticRun();
  const alone = run.results.filter((result) => result.cell.dataplane === 'netvm');
  expect(headline([source({ ...run, results: alone })])).toMatch(
    /^NetVM carries 14\.88 Mpps through 1 NF and 8\.09/,
  );
  const none = run.results.map((result) => ({ ...result, verdict: 'disturbed' as const }));
  expect(headline([source({ ...run, results: none })])).toMatch(/^No cell of this report is valid/);
  expect(headline([source({ ...run, results: [] })])).toBe('This run has no result yet.');
});

test('a headline names few series, and none that is emulated beside measured ones', () => {
  const run = syntheticRun();
  const one = run.results.find(({ cell }) => cell.dataplane === 'netvm' && cell.nfs.length === 3);
  if (one === undefined) throw new Error('the run has no chain of three');
  const of = (isolation: 'process' | 'inline' | 'microvm' | 'vm', instances: number) => ({
    ...one,
    cell: { ...one.cell, isolation, ...(instances > 1 && { instances }) },
    provenance: isolation === 'vm' ? ('emulated' as const) : one.provenance,
  });
  const some = [of('process', 1), of('inline', 1), of('vm', 1)];
  const few = headline([source({ ...run, results: some })]);
  expect(few.match(/ carries /g)).toHaveLength(2);
  expect(few).not.toMatch(/emulated|others/);
  const many = headline([source({ ...run, results: [...some, of('microvm', 1), of('process', 2)] })]);
  expect(many.match(/ carries /g)).toHaveLength(3);
  expect(many).toMatch(/The charts have the others\.$/);
});

test('a chart that shows two full wires says that they hide the difference', () => {
  const rows = cellRows([source(syntheticRun())]);
  const large = compareWithBaseline(rows).filter((c) => c.frames.sizeBytes === 1518);
  expect(ratioReading(large)).toBe('At 1 NF and 3 NFs both fill the wire, which hides any difference.');
});

test('a ratio is "at least" where only NetVM fills the wire, and its bounds hold it', () => {
  const rows = cellRows([source(syntheticRun())]);
  const here = compareWithBaseline(rows).filter((c) => c.frames.sizeBytes === 64);
  expect(here.map((c) => [c.nfs, c.trusted, c.ratio?.atLeast])).toEqual([
    [1, true, true],
    [3, true, false],
    [5, false, false],
  ]);
  for (const { ratio } of here) {
    expect(ratio?.low).toBeLessThanOrEqual(ratio?.value ?? 0);
    expect(ratio?.high).toBeGreaterThanOrEqual(ratio?.value ?? Infinity);
  }
  expect(ratioReading(here)).toBe(
    'NetVM carries at least 2.4 times what vhost-user does at 1 NF and 4.0 times what vhost-user does at 3 NFs.',
  );
});

test('a ratio of cells whose cores were not as far apart says so', () => {
  const run = syntheticRun();
  const near = { before: 55, after: 58 };
  const far = { before: 310, after: 305 };
  const reading = (baseline: typeof near | null) => {
    const results = run.results.map((result) => ({
      ...result,
      coreRoundTripNs: result.cell.dataplane === 'netvm' ? near : baseline,
    }));
    const rows = cellRows([source({ ...run, results })]);
    return ratioReading(compareWithBaseline(rows).filter((c) => c.frames.sizeBytes === 64 && c.nfs === 3));
  };
  const ratio = 'NetVM carries 4.0 times what vhost-user does at 3 NFs.';
  expect(reading(near)).toBe(ratio);
  expect(reading({ before: 55, after: 109 })).toBe(ratio);
  expect(reading(null)).toBe(ratio);
  expect(reading(far)).toBe(
    `${ratio} At 3 NFs part of it may be the machine's: core to core 55 → 58 ns for NetVM, 310 → 305 ns for vhost-user.`,
  );
  // The cores moved in the middle of one cell.
  expect(reading({ before: 55, after: 310 })).toContain('55 → 310 ns for vhost-user');
});

test('without a bound above and without a paced wire nothing is said to fill it', () => {
  const run = { ...syntheticRun(), profile: { lineRateBps: 0 } };
  const rows = cellRows([source(run)]);
  expect(compareWithBaseline(rows).some((c) => c.ratio?.atLeast || c.ratio?.bothFillWire)).toBe(false);
  expect(wireText(source(run))).toBe('unpaced wire');
});

test('the readings leave out what is not valid', () => {
  const rows = cellRows([source(syntheticRun())]);
  expect(throughputReading(rows, small)).toContain(
    'vhost-user carries 6.10 Mpps through 1 NF and 2.53 Mpps through 3 NFs.',
  );
  expect(latencyReading(rows, small, '50')).toBe(
    'Through 3 NFs, NetVM takes 20 µs at the median and 79 µs at p99 and vhost-user takes 59 µs at the median and 236 µs at p99.',
  );
});

test('intervals that overlap are said of two that were measured alike, never of one that is emulated', () => {
  const run = syntheticRun();
  const three = run.results.filter((result) => result.cell.nfs.length === 3);
  const reading = (baseline: CellResult['provenance']) => {
    const results = three.map((result) =>
      result.cell.dataplane === 'vhost-user' ? { ...result, provenance: baseline } : result,
    );
    const rows = cellRows([source({ ...run, results })]);
    const wide = { percentile: 'p50', low: 1, high: 1e9, repeats: 3 } as const;
    return latencyReading(rows, small, '50', new Map(rows.map((row) => [row, [wide]])));
  };
  const [own = 'modelled'] = three.map(({ provenance }) => provenance);
  expect(reading(own)).toMatch(/Of NetVM and vhost-user at p50 the intervals overlap/);
  expect(reading('emulated')).not.toMatch(/overlap/);
});

test('percentiles of a disturbed trial are not quoted, though the cell is valid', () => {
  const run = syntheticRun();
  const of = (nfs: number) => run.results.filter((result) => result.cell.nfs.length === nfs);
  const longest = cellRows([source({ ...run, results: of(5) })]);
  expect(latencyReading(longest, small, '50')).toMatch(/^Through 5 NFs, NetVM takes .* at p99\.$/);
  expect(latencyReading(longest, small, '90')).toBe('No cell has valid latencies at this load.');
});

test('two IMIXes of one mean, and other traffic, are not drawn as one', () => {
  const run = syntheticRun();
  const imix = (genome: string) => ({ genome, customSizesBytes: {}, meanBytes: 64 });
  const kinds = [{ imix: imix('a') }, { imix: imix('aa') }, { traffic: 'IPv6' }, {}];
  const [first] = run.results;
  if (first === undefined) throw new Error('no result');
  const results = kinds.map((kind) => ({ ...first, cell: { ...first.cell, ...kind } }));
  const rows = cellRows([source({ ...run, results })]);
  expect(framesIn(rows).map(({ words, traffic }) => [words, traffic])).toEqual([
    ['64-byte frames', null],
    ['frames of IMIX a', null],
    ['frames of IMIX aa', null],
    ['64-byte frames', 'IPv6'],
  ]);
  for (const frames of framesIn(rows)) expect(rows.filter((row) => isOf(frames, row))).toHaveLength(1);
});

test('a maximum receive rate is not called free of loss', () => {
  const run = syntheticRun();
  const results = run.results.map((result) => ({
    ...result,
    cell: { ...result.cell, method: 'mrr' as const },
  }));
  expect(headline([source({ ...run, results })])).toMatch(/in 64-byte frames\.$/);
  const [received, searched] = [cellRows([source({ ...run, results })]), cellRows([source(run)])];
  expect(rateMeaning(received)).toBe('Mpps received');
  expect(rateMeaning(searched)).toBe('Mpps without loss');
  expect(rateMeaning([...received, ...searched])).toBe('Mpps without loss, or received');
});

function source(run: Run): RunSource {
  return { dir: '', run, trials: [], facts: [], problems: [] };
}

function other(name: string): 'netvm' | 'vhost-user' | 'forwarder' {
  if (name === 'netvm') return 'vhost-user';
  return name === 'vhost-user' ? 'netvm' : 'forwarder';
}

describe('what a flow table costs', () => {
  const trials = (pps: number) => Array.from({ length: 12 }, (_, i) => pps * (1 + i / 1000));
  const mrr = (pps: number, part: Partial<Cell> = {}): CellResult => {
    const [first] = syntheticRun().results;
    if (first === undefined) throw new Error('the fixture has no cell');
    const receivedPps = trials(pps);
    return {
      ...first,
      cell: { ...first.cell, method: 'mrr', nfs: ['forward'], ...part },
      figures: { method: 'mrr', source: 's', receivedPps, summary: repeats(receivedPps) },
      throughput: { pps, gbps: 1, lowerPps: pps, upperPps: null },
    };
  };
  const reading = (...results: readonly CellResult[]) =>
    throughputReading(
      cellRows([{ ...source({ ...syntheticRun(), results }), trials: results.flatMap(trialsOf) }]),
      small,
    );
  const trialsOf = ({ cell, figures }: CellResult): TrialRecord[] =>
    figures?.method !== 'mrr'
      ? []
      : figures.receivedPps.map(
          (receivedPps) => ({ cell, purpose: 'mrr', verdict: 'valid', receivedPps }) as TrialRecord,
        );
  const flowEntries = 1_000_000;

  test('is said in percent, with its interval, for each chain that was measured without it too', () => {
    const three = ['forward', 'forward', 'forward'];
    expect(
      reading(
        mrr(1e7),
        mrr(9e6, { flowEntries }),
        mrr(8e6, { nfs: three }),
        mrr(6e6, { nfs: three, flowEntries }),
        mrr(6e6, { nfs: [...three, 'nat'], flowEntries }),
      ),
    ).toMatch(
      /A flow table with 1 M flows costs 10\.00 % \(9\.[3-9]\d % to 10\.\d\d %\) through 1 NF and 25\.00 % \(24\.\d\d % to 25\.\d\d %\) through 3 NFs\.$/,
    );
  });

  test('is nothing where the trials of both lie over each other, and is not said of what is not valid', () => {
    expect(reading(mrr(1e7), mrr(1.0001e7, { flowEntries }))).toContain('costs nothing that these data show');
    expect(reading(mrr(1e7), { ...mrr(9e6, { flowEntries }), verdict: 'disturbed' })).not.toContain('costs');
    expect(reading(mrr(1e7), mrr(9e6, { flowEntries, instances: 2 }))).not.toContain('costs');
  });

  test('of a search lies between what its bounds leave open', () => {
    const found = (pps: number, part: Partial<Cell> = {}) => {
      const { figures: _, ...result } = mrr(pps, { method: 'csit-ndr', ...part });
      return { ...result, throughput: { pps, gbps: 1, lowerPps: pps, upperPps: pps * 1.01 } };
    };
    expect(reading(found(1e7), found(9e6, { flowEntries }))).toContain(
      'costs 10.00 % (9.10 % to 10.89 %) through 1 NF.',
    );
  });
});
