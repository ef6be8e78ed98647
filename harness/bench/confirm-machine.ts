import { diceOf } from './regress-simulator.ts';
import type { Dice } from './regress-simulator.ts';

/** A machine that gates are simulated on. Each measurement comes some time after the one before. */
export interface Machine {
  /** What it makes of a level, now. */
  readonly measure: (level: number) => number;
  /** Another run begins. */
  readonly pass: () => void;
}

export type MachineKind = keyof typeof machines;

/** Each kind of machine; noise is the standard deviation of one measurement, as a share of it. */
const machines = {
  'noise 1 %': (dice) => noisy(dice, 0.01),
  'noise 10 %': (dice) => noisy(dice, 0.1),
  'noise 30 %': (dice) => noisy(dice, 0.3),
  // Slower and slower, and a step for good: others came to use it.
  drift: (dice) => {
    const [slope, stepAt, step] = [
      dice.between(-0.02, 0.02),
      dice.whole(2, 40),
      dice.sign() * dice.between(0.1, 0.4),
    ];
    return shifting(dice, 0.02, (run) => slope * run + (run < stepAt ? 0 : step));
  },
  // Its cores lie near to each other or far apart, as a hypervisor likes, and stay so for some runs.
  'two modes': (dice) => {
    const [away, stay] = [dice.between(0.2, 0.7), dice.between(0.5, 0.95)];
    let isAway = dice.uniform() < 0.5;
    return shifting(dice, 0.02, () => {
      if (dice.uniform() > stay) isAway = !isAway;
      return isAway ? -away : 0;
    });
  },
  // One measurement in six is far too low.
  outliers: (dice) => ({
    ...noisy(dice, 0.02),
    measure: (level) =>
      level * Math.exp(0.02 * dice.normal() - (dice.uniform() < 1 / 6 ? dice.between(0.1, 1) : 0)),
  }),
} as const satisfies Record<string, (dice: Dice) => Machine>;

export const machineKinds = Object.keys(machines) as readonly MachineKind[];

/** The machine of a kind and seed: always the same one. */
export function machineOf(kind: MachineKind, seed: number): Machine {
  return machines[kind](diceOf(seed));
}

function noisy(dice: Dice, noise: number): Machine {
  return shifting(dice, noise, () => 0);
}

/** `shift` is the logarithm of the machine's speed in a run: the same for all that is measured in it. */
function shifting(dice: Dice, noise: number, shift: (run: number) => number): Machine {
  let run = 0;
  let now = shift(0);
  return {
    measure: (level) => level * Math.exp(now + noise * dice.normal()),
    pass: () => {
      run++;
      now = shift(run);
    },
  };
}
