import { cellWords } from '../model/cell.ts';
import type { Cell } from '../model/run.ts';
import type { Metric } from '../model/series.ts';
import { median } from '../stats/summary.ts';
import type { CellState, Repeated, RoundsResult } from './rounds.ts';

/** What one side of a gate is. */
export interface SideOfGate {
  /** As it was asked for: `HEAD~3`, `working tree`, a run's directory. */
  readonly name: string;
  /** Null where it is not known. */
  readonly commit: string | null;
  /** Has changes that are in no commit. */
  readonly isDirty: boolean;
}

export interface GateCell {
  readonly cell: Cell;
  readonly metric: Metric;
  readonly outcome: CellState['outcome'];
  /** One sentence. */
  readonly reason: string;
  /** Medians, in the metric's unit; null where nothing was measured. */
  readonly before: number | null;
  readonly after: number | null;
  /** (after - before) / before, and its interval; null where so little was measured that there is none. */
  readonly relativeChange: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  /** Of the interval, 0 to 1. */
  readonly confidence: number;
  /** Standard deviation of one measurement, as a share of it. */
  readonly noise: number;
  /** Every figure, in the order of the rounds. */
  readonly beforeAll: readonly number[];
  readonly afterAll: readonly number[];
}

/** What `./netvm gate --json` prints and `gate.json` holds. Other programs read it: add fields, never rename them. */
export interface GateReport {
  readonly schema: 'gate/1';
  readonly before: SideOfGate;
  readonly after: SideOfGate;
  readonly profile: string;
  readonly floor: number;
  /** `regression` where any cell is confirmed or failed; `undecided` where none is, and any could not be decided; else `passed`. */
  readonly outcome: 'passed' | 'regression' | 'undecided';
  /** One sentence. */
  readonly reason: string;
  readonly rounds: number;
  readonly roundsMax: number;
  readonly cells: readonly GateCell[];
  readonly repeated: readonly Repeated[];
  readonly elapsedMs: number;
}

export function gateReport(
  about: Pick<GateReport, 'before' | 'after' | 'profile' | 'floor' | 'roundsMax' | 'elapsedMs'>,
  { states, rounds, repeated }: RoundsResult,
): GateReport {
  const cells = states.map(cellOf);
  const { outcome, reason } = judge(cells, about.floor);
  return { schema: 'gate/1', ...about, outcome, reason, rounds, cells, repeated };
}

/** A cell and what was measured of it, for people: `netvm, forward, 64 B, mrr`, with the metric where it is not what the method is there for. */
export function cellTitle({ cell, metric }: Pick<GateCell, 'cell' | 'metric'>): string {
  const isUsual = metric.name === 'throughputPps' || metric.name === 'receivedPps';
  return isUsual ? cellWords(cell) : `${cellWords(cell)}, ${metric.name}`;
}

function cellOf({ cell, metric, outcome, reason, confirmed }: CellState): GateCell {
  const { before, after, relativeChange, interval, confidence } = confirmed.confirmation;
  const isKnown = before.length > 0;
  return {
    cell,
    metric,
    outcome,
    reason,
    before: isKnown ? median(before) : null,
    after: isKnown ? median(after) : null,
    relativeChange: isKnown ? relativeChange : null,
    interval: Number.isFinite(interval[1]) ? interval : null,
    confidence,
    noise: confirmed.noise,
    beforeAll: before,
    afterAll: after,
  };
}

function judge(cells: readonly GateCell[], floor: number): Pick<GateReport, 'outcome' | 'reason'> {
  const of = (...outcomes: readonly GateCell['outcome'][]) =>
    cells.filter(({ outcome }) => outcomes.includes(outcome));
  const limit = `${Number((floor * 100).toPrecision(3))} %`;
  const [worse, broken, open] = [of('confirmed'), of('failed'), of('undecided', 'incomparable')];
  if (worse.length + broken.length > 0) {
    const parts = [
      ...(worse.length > 0
        ? [`${worse.length} of ${cells.length} cells are worse by more than ${limit}`]
        : []),
      ...(broken.length > 0 ? [`${broken.length} cannot be measured any more`] : []),
    ];
    return { outcome: 'regression', reason: `Regression: ${parts.join(', and ')}.` };
  }
  if (cells.length === 0) return { outcome: 'undecided', reason: 'Undecided: nothing was measured.' };
  if (open.length > 0) {
    const [first] = open;
    const which =
      open.length === cells.length ? 'no cell could' : `${open.length} of ${cells.length} cells could not`;
    return {
      outcome: 'undecided',
      reason: `Undecided: ${which} be decided; ${first?.reason.replace(/^undecided: /, '') ?? ''}`,
    };
  }
  return { outcome: 'passed', reason: `Passed: no cell is worse by more than ${limit}.` };
}
