import { cellKey } from '../model/cell.ts';
import type { Figure } from '../model/metric.ts';
import type { Cell } from '../model/run.ts';
import type { Metric } from '../model/series.ts';
import { confirm, falseConfirmationsMax } from './confirm.ts';
import type { Confirmed, ConfirmRule, Pair } from './confirm.ts';
import { sidesOf } from './sides.ts';
import type { Side } from './sides.ts';

/** One figure of one cell, measured once. */
export interface Measured extends Pick<Figure, 'metric' | 'value'> {
  readonly cell: Cell;
  /** Why there is no value; null where there is one, or nobody knows. */
  readonly reason: string | null;
  /** There is none because of the machine, not of the device. */
  readonly isMachines?: boolean;
}

export interface RoundsOptions {
  /** Measures one side, once. What it throws ends the rounds. `repeat` counts from 0. */
  readonly measure: (side: Side, round: number, repeat: number) => Promise<readonly Measured[]>;
  readonly kind: ConfirmRule['kind'];
  readonly floor: number;
  readonly roundsMax: number;
  /** A round in which a side has no value for a cell that is not decided yet is repeated so often at most. */
  readonly repeatsMax: number;
  /** Called before each round. */
  readonly onRound?: (round: number, states: readonly CellState[]) => void;
}

/**
 * What became of one figure of one cell. Besides a confirmation's outcomes: `failed`, the suspected side has no value, however often it was repeated, and the good one
 * always had; `incomparable`, the good side has none, or it is the machine's doing.
 */
export interface CellState {
  readonly cell: Cell;
  readonly metric: Metric;
  readonly outcome: 'confirmed' | 'refuted' | 'undecided' | 'failed' | 'incomparable';
  /** One sentence. */
  readonly reason: string;
  /** False where more rounds may still decide. */
  readonly isFinal: boolean;
  readonly confirmed: Confirmed;
}

/** Repeats of a round that this one cost. */
export interface Repeated {
  readonly round: number;
  readonly repeats: number;
  readonly reason: string;
}

export interface RoundsResult {
  readonly states: readonly CellState[];
  readonly rounds: number;
  readonly repeated: readonly Repeated[];
}

interface Entry {
  readonly cell: Cell;
  readonly metric: Metric;
  readonly pairs: Pair[];
  broken: Pick<CellState, 'outcome' | 'reason'> | null;
}

type Found = Readonly<Record<Side, ReadonlyMap<string, Measured>>>;

/**
 * Measures both sides round by round until every cell is decided or the rounds are over. The probability that any cell is confirmed falsely is
 * `falseConfirmationsMax` at most: each figure of each cell gets an equal part of it (Bonferroni), as many as the first round has.
 */
export async function interleave(options: RoundsOptions): Promise<RoundsResult> {
  const entries = new Map<string, Entry>();
  const repeated: Repeated[] = [];
  const states = () => [...entries.values()].map((entry) => stateOf(entry, entries.size, options));
  let rounds = 0;
  for (; rounds < options.roundsMax; rounds++) {
    const known = states();
    if (rounds > 0 && known.every((state) => state.isFinal)) break;
    options.onRound?.(rounds, known);
    const repeats = await oneRound(rounds, entries, options);
    if (repeats !== null) repeated.push(repeats);
  }
  return { states: states(), rounds, repeated };
}

async function oneRound(
  round: number,
  entries: Map<string, Entry>,
  options: RoundsOptions,
): Promise<Repeated | null> {
  let found = await measureBoth(round, 0, options);
  if (round === 0) enter(entries, found);
  let open = [...entries].filter(([, entry]) => !stateOf(entry, entries.size, options).isFinal);
  const blameless = new Set<string>();
  let cause: string | null = null;
  let repeats = 0;
  for (; ; repeats++) {
    if (repeats > 0) found = await measureBoth(round, repeats, options);
    open = open.filter(([key, entry]) => !takePair(entry, key, found));
    for (const [key] of open) if (missing(key, found).outcome === 'incomparable') blameless.add(key);
    const [failed] = open;
    if (failed === undefined) break;
    cause ??= missing(failed[0], found).reason;
    if (repeats >= options.repeatsMax) break;
  }
  for (const [key, entry] of open) {
    const last = missing(key, found, repeats);
    entry.broken = blameless.has(key) ? { ...last, outcome: 'incomparable' } : last;
  }
  return cause === null ? null : { round, repeats, reason: cause };
}

async function measureBoth(round: number, repeat: number, { measure }: RoundsOptions): Promise<Found> {
  const found = { before: new Map<string, Measured>(), after: new Map<string, Measured>() };
  for (const side of sidesOf(round)) {
    for (const one of await measure(side, round, repeat)) found[side].set(keyOf(one), one);
  }
  return found;
}

function enter(entries: Map<string, Entry>, found: Found): void {
  for (const side of ['before', 'after'] as const) {
    for (const [key, { cell, metric }] of found[side]) {
      if (!entries.has(key)) entries.set(key, { cell, metric, pairs: [], broken: null });
    }
  }
}

function takePair(entry: Entry, key: string, found: Found): boolean {
  const [before, after] = [valueOf(found.before.get(key)), valueOf(found.after.get(key))];
  if (before === null || after === null) return false;
  entry.pairs.push({ before, after });
  return true;
}

/** Null also for what is no figure: an archive may come from another version. */
function valueOf(measured: Measured | undefined): number | null {
  const value = measured?.value ?? null;
  return value !== null && Number.isFinite(value) && value > 0 ? value : null;
}

function missing(key: string, found: Found, repeats = 0): Pick<CellState, 'outcome' | 'reason'> {
  const isBefore = valueOf(found.before.get(key)) === null;
  const isAfter = valueOf(found.after.get(key)) === null;
  const which = isBefore && isAfter ? 'both sides have' : `the ${isBefore ? 'good' : 'suspected'} side has`;
  const why = (found[isBefore ? 'before' : 'after'].get(key)?.reason ?? 'it says nothing of why').replace(
    /\.$/,
    '',
  );
  const again = repeats === 0 ? '' : `, ${repeats + 1} times in turn`;
  return {
    outcome: isBefore || found.after.get(key)?.isMachines === true ? 'incomparable' : 'failed',
    reason: `${which} no valid figure${again}: ${why}.`,
  };
}

function stateOf(
  { cell, metric, pairs, broken }: Entry,
  tests: number,
  { kind, floor, roundsMax }: RoundsOptions,
): CellState {
  const alpha = falseConfirmationsMax / tests;
  const confirmed = confirm(pairs, { better: metric.better, kind, floor, roundsMax, alpha });
  const { outcome, reason } = broken ?? confirmed.confirmation;
  return { cell, metric, outcome, reason, isFinal: broken !== null || confirmed.isFinal, confirmed };
}

function keyOf({ cell, metric }: Measured): string {
  return `${cellKey(cell)} ${metric.name}`;
}
