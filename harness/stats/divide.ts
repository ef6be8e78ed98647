import { eliminate } from './eliminate.ts';

/** How a method divides a stretch in two, and how sure it is that the halves differ. Stretches are [from, to). */
export interface Divider {
  /** The best place for a change in the stretch: index of the first value of the new level; null where there is none. */
  split(from: number, to: number): number | null;
  /** Probability, 0 to 1, of such a difference between [from, at) and [at, to) where there is no change. */
  pValue(from: number, at: number, to: number): number;
}

export interface DivideOptions {
  /** Values in a window. */
  readonly window: number;
  /** A change is kept below this probability, 0 to 1. */
  readonly pValueMax: number;
}

export interface ChangePoint {
  /** Index of the first value of the new level. */
  readonly index: number;
  readonly pValue: number;
}

/** Candidates are let through more easily than changes: a strong one may hide behind a weak one (Fleming et al. 2023, section 4). */
const weakness = 10;

/**
 * Hierarchical division in overlapping windows, as in Hunter (Fleming et al. 2023, "Hunter: Using Change Point Detection to Hunt for
 * Performance Regressions", ICPE'23, arXiv:2301.03034): windows move on by half their length, so that a long past does not
 * drown a late change; weak changes are collected first; then the least sure is taken out, until all that stay are sure next to each other.
 */
export function divide(length: number, divider: Divider, options: DivideOptions): ChangePoint[] {
  const step = Math.max(1, options.window >> 1);
  const found = new Set<number>();
  let from = 0;
  while (from < length) {
    const to = Math.min(from + options.window, length);
    divideStretch(from, to, divider, options.pValueMax * weakness, found);
    from = Math.max(from + step, lastBelow(found, to));
  }
  const candidates = [...found].toSorted((a, b) => a - b).map((index) => ({ index }));
  const sure = eliminate(
    candidates,
    length,
    (before, { index }, after) => divider.pValue(before, index, after),
    // Below the limit is sure; at it is not.
    (pValue) => (pValue < options.pValueMax ? 0 : 1 + pValue),
  );
  return sure.map(({ point, judgement }) => ({ index: point.index, pValue: judgement }));
}

function divideStretch(
  from: number,
  to: number,
  divider: Divider,
  pValueMax: number,
  found: Set<number>,
): void {
  const at = divider.split(from, to);
  if (at === null || divider.pValue(from, at, to) >= pValueMax) return;
  found.add(at);
  divideStretch(from, at, divider, pValueMax, found);
  divideStretch(at, to, divider, pValueMax, found);
}

function lastBelow(found: ReadonlySet<number>, to: number): number {
  let last = 0;
  for (const index of found) if (index < to && index > last) last = index;
  return last;
}
