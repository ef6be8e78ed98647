import type { Series } from '../regress/series.ts';
import { randomOf } from '../stats/random.ts';

/** A change that was put into a series: it begins at `index` and has reached its level at `settled`; a step does so at once. */
export interface Truth {
  readonly index: number;
  readonly settled: number;
  /** (after - before) / before. */
  readonly relativeChange: number;
}

export interface SimulatedSeries {
  readonly kind: SeriesKind;
  readonly series: Series;
  readonly truths: readonly Truth[];
}

export type SeriesKind = keyof typeof shapes;

/** Standard deviation of the noise, as a share of the level. */
const noise = 0.01;
const levelPps = 1e7;

export interface Dice {
  /** From 0 to below 1. */
  readonly uniform: () => number;
  readonly between: (low: number, high: number) => number;
  /** A whole number from low to high. */
  readonly whole: (low: number, high: number) => number;
  /** Of the standard normal distribution. */
  readonly normal: () => number;
  readonly sign: () => number;
}

interface Shape {
  /** Level of each run as a share of levelPps, without noise. */
  readonly levels: readonly number[];
  readonly truths?: readonly Truth[];
  /** Noise of each run as a share of the level; all have `noise` where it is missing. */
  readonly noises?: readonly number[];
  readonly gaps?: readonly boolean[];
  /** Level of the control in each run. */
  readonly control?: readonly number[];
}

/** A change comes after so many runs at the earliest, and so many follow it. */
const margin = 20;
const history = 40;

/** Each kind of series; what is no change at all comes first. */
const shapes = {
  quiet: (runs) => ({ levels: flat(runs) }),
  outliers: (runs, dice) => ({
    levels: flat(runs).map((level) =>
      dice.uniform() < 0.04 ? level + dice.sign() * dice.between(0.05, 0.5) : level,
    ),
  }),
  'two modes': (runs, dice) => {
    const [share, away] = [dice.between(0.1, 0.5), dice.sign() * dice.between(0.04, 0.3)];
    return { levels: flat(runs).map((level) => (dice.uniform() < share ? level + away : level)) };
  },
  wander: (runs, dice) => {
    // Of a machine room's day and week: it comes back.
    const [period, phase] = [dice.between(15, 60), dice.between(0, 2 * Math.PI)];
    return {
      levels: flat(runs).map((level, i) => level + 0.004 * Math.sin(phase + (2 * Math.PI * i) / period)),
    };
  },
  'noise grows': (runs, dice) => {
    const at = dice.whole(history, runs - margin);
    return { levels: flat(runs), noises: flat(runs).map((_, i) => (i < at ? noise / 2 : 1.5 * noise)) };
  },
  'testbed shifts': (runs, dice) => {
    const [at, size] = [dice.whole(history, runs - margin), dice.sign() * dice.between(0.03, 0.15)];
    const levels = flat(runs).map((level, i) => (i < at ? level : level + size));
    return { levels, control: levels };
  },
  step: (runs, dice) => stepped(runs, [stepOf(runs, dice)]),
  'step of 3 %': (runs, dice) => stepped(runs, [{ ...stepOf(runs, dice), size: dice.sign() * 0.03 }]),
  'two steps': (runs, dice) => {
    const at = dice.whole(history, runs - 2 * margin);
    return stepped(runs, [
      { at, size: dice.sign() * dice.between(0.03, 0.2) },
      { at: at + dice.whole(8, margin), size: dice.sign() * dice.between(0.03, 0.2) },
    ]);
  },
  ramp: (runs, dice) => {
    const [{ at, size }, length] = [stepOf(runs, dice), dice.whole(4, 12)];
    const levels = flat(runs).map(
      (level, i) => level + size * Math.max(0, Math.min(1, (i - at + 1) / length)),
    );
    return { levels, truths: [{ index: at, settled: at + length - 1, relativeChange: size }] };
  },
  'step among outliers': (runs, dice) => {
    const shape = stepped(runs, [stepOf(runs, dice)]);
    const levels = shape.levels.map((level) =>
      dice.uniform() < 0.04 ? level + dice.sign() * dice.between(0.05, 0.5) : level,
    );
    return { ...shape, levels };
  },
  'step among gaps': (runs, dice) => {
    const shape = stepped(runs, [stepOf(runs, dice)]);
    return { ...shape, gaps: shape.levels.map(() => dice.uniform() < 0.15) };
  },
  'step and testbed shift': (runs, dice) => {
    const at = dice.whole(history, runs - 2 * margin);
    const [shiftAt, shift] = [at + dice.whole(10, margin), dice.sign() * dice.between(0.03, 0.15)];
    const shape = stepped(runs, [{ at, size: dice.sign() * dice.between(0.03, 0.2) }]);
    const control = flat(runs).map((level, i) => (i < shiftAt ? level : level + shift));
    return { ...shape, levels: shape.levels.map((level, i) => level * (control[i] as number)), control };
  },
} as const satisfies Record<string, (runs: number, dice: Dice) => Shape>;

export const seriesKinds = Object.keys(shapes) as readonly SeriesKind[];

/** The series of a kind and seed: always the same one. */
export function simulate(kind: SeriesKind, runs: number, seed: number): SimulatedSeries {
  const dice = diceOf(seed);
  const shape: Shape = shapes[kind](runs, dice);
  const measured = (levels: readonly number[], i: number) =>
    levelPps * (levels[i] as number) * (1 + (shape.noises?.[i] ?? noise) * dice.normal());
  const values = shape.levels.map((_, i) => (shape.gaps?.[i] ? null : measured(shape.levels, i)));
  const { control } = shape;
  return {
    kind,
    series:
      control === undefined ? { values } : { values, control: control.map((_, i) => measured(control, i)) },
    truths: shape.truths ?? [],
  };
}

interface Step {
  readonly at: number;
  /** Share of the first level. */
  readonly size: number;
}

function stepOf(runs: number, dice: Dice): Step {
  return { at: dice.whole(history, runs - margin), size: dice.sign() * dice.between(0.02, 0.2) };
}

function stepped(runs: number, steps: readonly Step[]): Shape {
  const levels = flat(runs).map((level, i) =>
    steps.reduce((sum, { at, size }) => sum + (i < at ? 0 : size), level),
  );
  const truths = steps.map(({ at }) => {
    const [before, after] = [levels[at - 1] as number, levels[at] as number];
    return { index: at, settled: at, relativeChange: (after - before) / before };
  });
  return { levels, truths };
}

function flat(runs: number): number[] {
  return Array<number>(runs).fill(1);
}

/** By Box and Muller's transform where they are normal. */
export function diceOf(seed: number): Dice {
  const uniform = randomOf(seed);
  return {
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    whole: (low, high) => low + Math.floor(uniform() * (high - low + 1)),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    sign: () => (uniform() < 0.5 ? -1 : 1),
  };
}
