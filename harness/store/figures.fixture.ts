import type { MethodFigures, Repeats } from '../model/figures.ts';
import type { CellResult, Run } from '../model/run.ts';
import { syntheticRun } from './fixture.ts';

/** A made-up run of every method that has figures of its own, two data planes each, beside a search's cells. */
export function syntheticMethodsRun(): Run {
  const run = syntheticRun();
  const ofSearch = run.results.filter(({ cell }) => cell.frameSizeBytes === 64 && cell.nfs.length === 3);
  const results = syntheticFigures().flatMap((figures) =>
    ofSearch.map((result): CellResult => {
      const { cell } = result;
      return {
        ...result,
        cell: { ...cell, method: figures.method },
        // A run has one method, so its charts draw one method's throughput: here the search's.
        throughput: null,
        latencyNs: {},
        figures,
      };
    }),
  );
  return { ...run, id: 'synthetic-methods', results: [...ofSearch, ...results] };
}

/** One of each kind. */
export function syntheticFigures(): MethodFigures[] {
  const source = 'RFC 0000 section 0';
  return [
    { method: 'mrr', source, receivedPps: [9e6, 9.2e6], summary: summary(9.1e6) },
    {
      method: 'back-to-back',
      source,
      maxTheoreticalPps: 14_880_952,
      bursts: [18_000, 18_400],
      summary: summary(18_200),
      buffer: { impliedNs: 1_223_040, correctedNs: 523_040, throughputPps: 8.5e6 },
      limitFrames: 1_488_095,
    },
    {
      method: 'frame-loss',
      source,
      points: [100, 90, 80, 70, 60, 50].map((loadPercent) => {
        const lossRatio = Math.max(0, 1 - 66 / loadPercent);
        const offeredPps = 148_809.52 * loadPercent;
        return {
          loadPercent,
          intendedPps: offeredPps,
          offeredPps,
          receivedPps: offeredPps * (1 - lossRatio),
          lossRatio,
          lossOutsideGapsRatio: lossRatio,
          verdict: loadPercent === 90 ? ('disturbed' as const) : ('valid' as const),
        };
      }),
    },
    {
      method: 'soak',
      source,
      intendedPps: 5e6,
      durationNs: 60e9,
      sent: 300e6,
      lost: 42,
      lostInGaps: 30,
      lostBySecond: [null, 0, 12, 0],
      longestLossFreeNs: 31e9,
      firstHalfLossRatio: 8e-8,
      secondHalfLossRatio: 0,
      confidence: 0.95,
      lossRatioBelow: 6.5e-8,
      lossySecondsRatioBelow: 0.077,
    },
    {
      method: 'recovery',
      source,
      overloadPps: 9.9e6,
      overloadDurationMs: 5_000,
      reducedPps: 4.95e6,
      recoveryNs: [120_000, 140_000],
      lostAfterReduction: [600, 700],
      overloadLossRatio: [0.09, 0.1],
      summary: summary(130_000),
    },
    {
      method: 'reset',
      source,
      target: 'nf0-forward',
      offeredPps: 4.5e6,
      frameLossNs: [44e6, 46e6],
      timestampNs: [44.1e6, 46.2e6],
      restartNs: [43e6, 45e6],
      lostInOutage: [198_000, 207_000],
      lostApart: [0, 12],
      summary: summary(45e6),
    },
    {
      method: 'scaling',
      source,
      service: 'nf0-forward',
      offeredPps: 1e6,
      steps: [
        { step: 'steady', instances: 1, atNs: [0, 0], tookNs: [0, 0], lost: [0, 0] },
        { step: 'scale-out', instances: 2, atNs: [1e9, 1e9], tookNs: [12e6, 14e6], lost: [0, 0] },
        { step: 'scale-in', instances: 1, atNs: [2e9, 2e9], tookNs: [3e6, 4e6], lost: [0, 7] },
        { step: 'replace', instances: 1, atNs: [3e9, 3e9], tookNs: [15e6, 16e6], lost: [0, 0] },
      ],
      intervalNs: 250e6,
      instances: [
        { name: 'nf0-forward.1', receivedPps: [0, 1].map((i) => rates([1e6, 1e6, 5.2e5, 0], i)) },
        { name: 'nf0-forward.2', receivedPps: [0, 1].map((i) => rates([0, 4.8e5, 1e6, 0], i)) },
        { name: 'nf0-forward.3', receivedPps: [0, 1].map((i) => rates([0, 0, 0, 1e6], i)) },
      ],
      sent: [4e6, 4e6],
      lost: [0, 7],
      lostInGaps: [0, 7],
      duplicates: [0, 0],
      reordered: [120, 0],
      summary: summary(12e6),
    },
  ];
}

function summary(mean: number): Repeats {
  return { count: 2, mean, min: mean * 0.98, max: mean * 1.02, stdev: mean * 0.02 };
}

/** Of a second each, four intervals; 0 where it did not run. */
function rates(seconds: readonly number[], repetition: number): (number | null)[] {
  return seconds.flatMap((pps) =>
    Array.from({ length: 4 }, () => (pps === 0 ? null : pps * (1 + 0.02 * repetition))),
  );
}
