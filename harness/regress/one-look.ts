import type { CellState } from './rounds.ts';

/** Figures that are in archives already: nothing more can be measured. */
export interface Look {
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Logarithm of after / before. */
  readonly shift: number;
  /** Of the shift; null where so little tells nothing. */
  readonly interval: readonly [low: number, high: number] | null;
  /** Error on one side of the interval. */
  readonly alpha: number;
  /** Standard deviation of one measurement, as a share of it. */
  readonly noise: number;
}

/** What one look at archives makes of a cell; `outcome` is never `confirmed`, which takes reruns. */
export function oneLook(
  state: Pick<CellState, 'cell' | 'metric' | 'isFinal' | 'outcome' | 'reason'>,
  { before, after, shift, interval, alpha, noise }: Look,
): CellState {
  const isKnown = before.length > 0 && after.length > 0;
  const [low, high] = interval ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const confirmation = {
    outcome: state.outcome === 'refuted' ? 'refuted' : 'undecided',
    relativeChange: isKnown ? Math.expm1(shift) : 0,
    interval: [Math.expm1(low), Math.expm1(high)],
    confidence: 1 - 2 * alpha,
    before: isKnown ? before : [],
    after: isKnown ? after : [],
    reason: state.reason,
  } as const;
  return { ...state, confirmed: { confirmation, isFinal: true, rounds: 1, noise } };
}
