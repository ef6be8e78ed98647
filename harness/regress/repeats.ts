import { cellKey } from '../model/cell.ts';
import type { Figure } from '../model/metric.ts';
import type { CellResult, Run, TrialRecord } from '../model/run.ts';

/** What an archive has of a run. */
export interface RunData {
  readonly run: Run;
  readonly trials: readonly TrialRecord[];
}

/**
 * What one run holds of a figure besides the figure: the repeats that it is of, each above 0. Fewer than two where it has none: then the figure is one value. A disturbed trial of a
 * maximum receive rate is one of many in which the machine does what it likes, and counts; what does not close or was not offered says nothing.
 */
export function repeatsOf(
  { trials }: RunData,
  result: CellResult,
  { metric }: Pick<Figure, 'metric'>,
): number[] {
  const key = cellKey(result.cell);
  const of = (purpose: TrialRecord['purpose'], verdicts: readonly string[]) =>
    trials.filter(
      (trial) => trial.purpose === purpose && verdicts.includes(trial.verdict) && cellKey(trial.cell) === key,
    );
  return found().filter((value) => value > 0 && Number.isFinite(value));

  function found(): readonly number[] {
    const { figures, throughput } = result;
    if (metric.name === 'receivedPps')
      return of('mrr', ['valid', 'disturbed']).map((trial) => trial.receivedPps);
    if (figures?.method === 'back-to-back' && metric.name === 'burstFrames') return figures.bursts;
    if (figures?.method === 'recovery' && metric.name === 'recoveryNs') return figures.recoveryNs;
    if (figures?.method === 'reset' && metric.name === 'resetNs') return figures.frameLossNs;
    if (figures?.method === 'scaling' && metric.name === 'stepNs')
      return figures.steps.filter(({ step }) => step !== 'steady').flatMap(({ tookNs }) => tookNs);
    const load = /^latencyP99At([0-9]+)PercentNs$/.exec(metric.name)?.[1];
    if (load === undefined || throughput === null) return [];
    // Trials do not name their load; it is a share of the throughput.
    return of('latency', ['valid'])
      .filter(({ intendedPps }) => Math.abs((100 * intendedPps) / throughput.pps - Number(load)) < 0.5)
      .flatMap(({ latencyNs }) => (latencyNs === null ? [] : [latencyNs.p99]));
  }
}
