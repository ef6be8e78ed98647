import type { Cell } from '../model/run.ts';
import type { Metric } from '../model/series.ts';
import type { BisectStep, Narrowed, StepVerdict } from './bisect.ts';
import { cellTitle } from './gate.ts';
import type { CellState } from './rounds.ts';

/** What `./netvm bisect --json` prints. Other programs read it: add fields, never rename them. */
export interface BisectReport {
  readonly schema: 'bisect/1';
  /** Commits, by their hashes. */
  readonly good: string;
  readonly bad: string;
  /** What was looked at: the cell that shows the change best. Null where none does. */
  readonly cell: Cell | null;
  readonly metric: Metric | null;
  /** Of the whole change, good against bad; null where it is not known: (after - before) / before. */
  readonly relativeChange: number | null;
  /** `found`: one candidate. `range`: several, that could not be told apart. `unconfirmed`: bad is not confirmed to be worse than good, and nothing was searched. */
  readonly outcome: 'found' | 'range' | 'unconfirmed';
  readonly candidates: readonly string[];
  readonly steps: readonly BisectStep[];
  /** One sentence. */
  readonly reason: string;
  readonly elapsedMs: number;
}

/** The cell in which the change shows best: one that fails, else the one whose interval is furthest from no change for its width. Null where none is worse. */
export function clearest(states: readonly CellState[]): CellState | null {
  const failed = states.find(({ outcome }) => outcome === 'failed');
  if (failed) return failed;
  const distance = ({ confirmed }: CellState) => {
    const { relativeChange, interval } = confirmed.confirmation;
    return Math.abs(relativeChange) / (interval[1] - interval[0]);
  };
  const worse = states.filter(({ outcome }) => outcome === 'confirmed');
  return worse.toSorted((a, b) => distance(b) - distance(a))[0] ?? null;
}

/**
 * The floor of the steps: half of the whole change, so that a commit with all of it and one with none of it are equally far from it, and noise that let the whole
 * be confirmed does not keep them from being told apart. Not below the floor of the whole.
 */
export function stepFloor({ outcome, confirmed }: CellState, floor: number): number {
  if (outcome === 'failed') return floor;
  return Math.min(0.5, Math.max(floor, Math.abs(confirmed.confirmation.relativeChange) / 2));
}

/** What a comparison of the good commit with another says of that one. Where a failure is looked for, one that can be measured is good. */
export function stepVerdict(state: CellState | undefined, isFailureSought: boolean): StepVerdict {
  if (state === undefined) return { verdict: 'unusable', reason: 'the cell is not measured there.' };
  const { outcome, reason } = state;
  if (isFailureSought) {
    if (outcome === 'failed') return { verdict: 'bad', reason };
    return outcome === 'incomparable'
      ? { verdict: 'undecided', reason }
      : { verdict: 'good', reason: 'it can be measured.' };
  }
  switch (outcome) {
    case 'confirmed':
      return { verdict: 'bad', reason };
    case 'refuted':
      return { verdict: 'good', reason };
    case 'failed':
      return { verdict: 'unusable', reason };
    default:
      return { verdict: 'undecided', reason };
  }
}

export function bisectReport(
  about: Pick<BisectReport, 'good' | 'bad' | 'elapsedMs'>,
  states: readonly CellState[],
  narrowed: Narrowed | null,
): BisectReport {
  const shown = clearest(states);
  if (narrowed === null || shown === null) {
    const [first] = states;
    const why = first === undefined ? 'nothing was measured.' : `${cellTitle(first)}: ${first.reason}`;
    const reason = `The bad commit is not confirmed to be worse than the good one, so there is nothing to search for; ${why}`;
    const rest = { cell: null, metric: null, relativeChange: null, candidates: [], steps: [] };
    return { schema: 'bisect/1', ...about, ...rest, outcome: 'unconfirmed', reason };
  }
  const { cell, metric, confirmed, outcome } = shown;
  const { candidates, steps } = narrowed;
  const isFound = candidates.length === 1;
  return {
    schema: 'bisect/1',
    ...about,
    cell,
    metric,
    relativeChange: outcome === 'failed' ? null : confirmed.confirmation.relativeChange,
    outcome: isFound ? 'found' : 'range',
    candidates,
    steps,
    reason: isFound
      ? `Found: ${candidates[0]?.slice(0, 10)} is the first commit that is worse, in ${steps.length} steps.`
      : `One of ${candidates.length} commits is the first that is worse; those between could not be judged.`,
  };
}
