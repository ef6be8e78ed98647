import { cellKey } from '../model/cell.ts';
import { coresApart } from '../model/cores.ts';
import { figuresOf } from '../model/metric.ts';
import type { Figure } from '../model/metric.ts';
import type { CellResult, Run } from '../model/run.ts';
import { medianShift } from '../stats/effect.ts';
import { criticalRankSum, differencesOf, sampleMax } from '../stats/rank-sum.ts';
import { deviation } from '../stats/summary.ts';
import { falseConfirmationsMax, outcomeOf } from './confirm.ts';

import { isMachines } from './measured.ts';
import { oneLook } from './one-look.ts';
import { repeatsOf } from './repeats.ts';
import type { RunData } from './repeats.ts';
import type { CellState, RoundsResult } from './rounds.ts';

interface Compared {
  readonly before: CellResult;
  readonly after: CellResult;
  readonly figure: Figure;
  readonly samples: readonly [before: readonly number[], after: readonly number[]];
}

/**
 * Compares two runs that were measured one after the other. The samples of a cell are the trials of its maximum receive rate; any other figure is one value a run. Their interval
 * says how far two runs lie apart, and nothing of how far two runs of the same commit do, which is several times the noise of trials: so it makes a run
 * suspected at most, and never decides. Nor is one suspected where the generator alone moved by the floor, or the cores did. A cell that the second run alone could not measure has failed.
 */
export function compareRuns(before: RunData, after: RunData, floor: number): RoundsResult {
  const compared = before.run.results.flatMap((result) => {
    const other = after.run.results.find((one) => cellKey(one.cell) === cellKey(result.cell));
    return other === undefined ? [] : pairFigures(before, after, result, other);
  });
  const alpha = falseConfirmationsMax / Math.max(1, compared.length);
  const shift = controlShift(before.run, after.run);
  return { states: compared.map((one) => judge(one, floor, alpha, shift)), rounds: 1, repeated: [] };
}

function pairFigures(a: RunData, b: RunData, before: CellResult, after: CellResult): Compared[] {
  const none = { latencyLoadsPercent: [] };
  const others = figuresOf(after, b.run.generator, none);
  return figuresOf(before, a.run.generator, none).flatMap((figure) => {
    const other = others.find(({ metric }) => metric.name === figure.metric.name);
    if (other === undefined) return [];
    return [{ before, after, figure, samples: [sampleOf(a, before, figure), sampleOf(b, after, other)] }];
  });
}

function sampleOf(data: RunData, result: CellResult, { metric, value }: Figure): number[] {
  if (value === null) return [];
  const repeats = metric.name === 'receivedPps' ? repeatsOf(data, result, { metric }) : [];
  return repeats.length > 1 ? repeats.slice(0, sampleMax) : [value];
}

function judge(compared: Compared, floor: number, alpha: number, shift: number | null): CellState {
  const { before, after, figure, samples } = compared;
  const [first, second] = samples;
  const base = { cell: before.cell, metric: figure.metric, isFinal: true };
  if (first.length === 0) return state(base, samples, alpha, 'incomparable', missing('first', before));
  if (second.length === 0) {
    const outcome = isMachines(after.verdict) ? 'incomparable' : 'failed';
    return state(base, samples, alpha, outcome, missing('second', after));
  }
  const rank = criticalRankSum(first.length, second.length, alpha);
  if (rank === null) {
    const few =
      first.length + second.length === 2
        ? 'one figure of each run is too little'
        : `${first.length} and ${second.length} trials are too few`;
    const reason = `this data cannot tell: ${few}; ./netvm gate --against COMMIT measures in turns.`;
    return state(base, samples, alpha, 'undecided', reason);
  }
  const differences = differencesOf(first.map(Math.log), second.map(Math.log));
  const at = (i: number) => differences[i] ?? Number.NaN;
  const interval = [at(rank.k), at(differences.length - 1 - rank.k)] as const;
  const outcome = outcomeOf(interval, { better: figure.metric.better, kind: 'regression', floor });
  const reason =
    doubtOf(compared, floor, shift) ??
    `${words[outcome]}, by ${first.length} and ${second.length} trials of one run each, which say nothing of how runs differ; ./netvm gate --against COMMIT measures in turns.`;
  return state(base, samples, alpha, 'undecided', reason, interval);
}

const words = {
  confirmed: 'suspected of a regression beyond the floor',
  refuted: 'no sign of a regression beyond the floor',
  undecided: 'this data cannot tell: the interval holds the floor',
} as const;

function doubtOf({ before, after }: Compared, floor: number, shift: number | null): string | null {
  if (shift !== null && Math.abs(shift) > floor) {
    return `this data cannot tell: the generator alone moved by ${(shift * 100).toFixed(1)} % between the runs.`;
  }
  const apart = coresApart([before, after]);
  if (apart !== null) return `this data cannot tell: ${apart}.`;
  return null;
}

function controlShift({ generator: a }: Run, { generator: b }: Run): number | null {
  return a === null || b === null || !(a.ceilingPps > 0)
    ? null
    : (b.ceilingPps - a.ceilingPps) / a.ceilingPps;
}

function missing(which: string, { reason, verdict }: CellResult): string {
  return `the ${which} run has no valid figure: ${(reason ?? `the verdict is ${verdict}`).replace(/\.$/, '')}.`;
}

function state(
  base: Pick<CellState, 'cell' | 'metric' | 'isFinal'>,
  [before, after]: Compared['samples'],
  alpha: number,
  outcome: CellState['outcome'],
  reason: string,
  interval: readonly [number, number] | null = null,
): CellState {
  // Within a run, as a share; 0 for one value.
  const noise = Math.max(...[before, after].map((values) => deviation(values.map(Math.log))));
  const shift =
    before.length > 0 && after.length > 0 ? medianShift(before.map(Math.log), after.map(Math.log)) : 0;
  return oneLook({ ...base, outcome, reason }, { before, after, shift, interval, alpha, noise });
}
