import { cellKey } from '../../model/cell.ts';
import { criticalRankSum, differencesOf, sampleMax } from '../../stats/rank-sum.ts';
import type { CellRow } from '../source.ts';

/**
 * In a trial in which the device was busy for less of the time, something else held it up, and its rounds were smaller than they would be: such
 * cycles are not what a packet costs under load.
 */
const busyRatioMin = 0.5;

/**
 * Cycles of the device's core for each packet, one value a valid trial of the cell in which the device had enough to do. Unlike a rate they hardly
 * depend on how well the generator kept up: only rounds in which packets moved are counted.
 */
export function cyclesOf({ source, result }: CellRow): number[] {
  const key = cellKey(result.cell);
  return source.trials
    .filter(({ cell, purpose, verdict }) => purpose === 'mrr' && verdict === 'valid' && cellKey(cell) === key)
    .flatMap(({ cpu }) => (cpu === null || cpu.busyRatio < busyRatioMin ? [] : [cpu.cyclesPerPacket]))
    .slice(0, sampleMax);
}

/** An estimate and its interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Error on each side: both intervals of a comparison hold with 99 % then. */
const errorOfSide = 0.0025;

/**
 * How much more `b` is than `a`: Hodges and Lehmann's estimate with the exact interval of the rank sum. Null where there are too few values to tell.
 */
export function shift(a: readonly number[], b: readonly number[]): Interval | null {
  if (a.length === 0 || b.length === 0) return null;
  const critical = criticalRankSum(a.length, b.length, errorOfSide);
  if (critical === null) return null;
  const all = differencesOf(a, b);
  const at = (index: number) => all[index] ?? Number.NaN;
  const middle = (all.length - 1) / 2;
  return {
    value: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    low: at(critical.k),
    high: at(all.length - 1 - critical.k),
  };
}

/** The same as a ratio: how many times as much `b` is. */
export function ratioOfCycles(a: readonly number[], b: readonly number[]): Interval | null {
  const logs = shift(a.map(Math.log), b.map(Math.log));
  if (logs === null) return null;
  return { value: Math.exp(logs.value), low: Math.exp(logs.low), high: Math.exp(logs.high) };
}

/** Median, least and greatest. Null where there are none. */
export function spreadOf(values: readonly number[]): Interval | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return {
    value: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    low: at(0),
    high: at(sorted.length - 1),
  };
}
