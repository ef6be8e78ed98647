import type { SearchGoal } from '../model/goal.ts';
import type { Load, Trial, TrialOutcome } from './trial.ts';

/**
 * Simulated systems under test: what devices, generators and machines do to a search. Packets are counted whole, time passes in
 * trials only, and the same seed does the same every time.
 */
export interface System {
  readonly trial: Trial;
  /** What a search should find now: the highest load that passes, packets per second; null where none does. */
  truthPps(goal: SearchGoal): number | null;
  /** What the trials so far have taken. */
  trials(): number;
  seconds(): number;
}

/** The highest load of the simulated wire, packets per second: 64-byte frames at 10 Gbit/s. */
export const wirePps = 14_880_952;

/** What is lost of a load; ratios of what is sent, 0 and less is nothing. */
interface Loss {
  readonly ratio: number;
  readonly inGapsRatio?: number;
  /** The load itself where left out. */
  readonly offeredPps?: number;
}

interface Device {
  lose(load: Load, startS: number): Loss;
  truthPps(goal: SearchGoal, nowS: number): number | null;
}

type Random = () => number;

const devices = {
  /** Forwards what it can, and drops the rest. */
  cliff: (capacity) => ({
    lose: ({ pps }) => ({ ratio: 1 - capacity / pps }),
    truthPps: ({ lossRatio }) => capacity / (1 - lossRatio),
  }),

  /** At times up to 1 % slower, and one trial in 20 loses a few packets for no reason. */
  'noisy cliff': (capacity, random) => ({
    lose({ pps }) {
      const slower = 1 - random() ** 4 / 100;
      return { ratio: Math.max(1 - (capacity * slower) / pps, random() < 0.05 ? 1e-5 : 0) };
    },
    truthPps: ({ lossRatio }) => capacity / (1 - lossRatio),
  }),

  /** Loses little at first: a fiftieth of what is offered beyond its capacity, relative to that. */
  gradual: (capacity) => ({
    lose: ({ pps }) => ({ ratio: (pps / capacity - 1) / 50 }),
    truthPps: ({ lossRatio }) => capacity * (1 + 50 * lossRatio),
  }),

  /** Does the less the more it is overloaded. */
  collapsing: (capacity) => ({
    lose: ({ pps }) => ({ ratio: 1 - (capacity / pps) ** 2 }),
    truthPps: ({ lossRatio }) => capacity / Math.sqrt(1 - lossRatio),
  }),

  /** Flips between two states, the slower one 30 % slower, in one trial of 20. The truth is the slower
   * one, which a strict goal must find; one that excuses half of the trials may as well find the faster. */
  bistable(capacity, random) {
    let isSlow = random() < 0.5;
    return {
      lose({ pps }) {
        if (random() < 0.05) isSlow = !isSlow;
        return { ratio: 1 - (capacity * (isSlow ? 0.7 : 1)) / pps };
      },
      truthPps: ({ lossRatio }) => (0.7 * capacity) / (1 - lossRatio),
    };
  },

  /** Becomes a tenth slower within a minute. */
  drifting(capacity) {
    const at = (seconds: number) => capacity * (1 - Math.min(60, seconds) / 600);
    return {
      lose: ({ pps }, startS) => ({ ratio: 1 - at(startS) / pps }),
      truthPps: ({ lossRatio }, nowS) => at(nowS) / (1 - lossRatio),
    };
  },

  /** Loses one packet a second at any load, and else has a cliff. */
  'a packet a second': (capacity) => ({
    lose({ pps, durationMs }, startS) {
      const lost = Math.floor(startS + durationMs / 1000) - Math.floor(startS);
      return { ratio: Math.max(1 - capacity / pps, (1000 * lost) / (pps * durationMs)) };
    },
    // Most trials that are shorter do not see it.
    truthPps: ({ lossRatio, finalTrialDurationMs }) =>
      lossRatio === 0 && finalTrialDurationMs >= 1000 ? null : capacity / (1 - lossRatio),
  }),

  /** The device can do anything; the generator cannot. */
  'generator-limited': (capacity) => ({
    lose: ({ pps }) => ({ ratio: 0, offeredPps: Math.min(pps, capacity) }),
    truthPps: () => capacity,
  }),

  /** A cliff on a machine that takes a core away in every second trial. */
  disturbed: (capacity, random) => ({
    lose({ pps }) {
      const ratio = Math.max(0, 1 - capacity / pps);
      return random() < 0.5 ? { ratio } : { ratio: ratio + 0.001, inGapsRatio: 0.001 };
    },
    truthPps: ({ lossRatio }) => capacity / (1 - lossRatio),
  }),
} as const satisfies Readonly<Record<string, (capacityPps: number, random: Random) => Device>>;

export type SystemKind = keyof typeof devices;

export const systemKinds = Object.keys(devices) as readonly SystemKind[];

/** A system that does `capacityPps` (above 0) at its best. */
export function system(kind: SystemKind, capacityPps: number, seed: number): System {
  const device: Device = devices[kind](capacityPps, dice(seed));
  let trials = 0;
  let seconds = 0;
  return {
    trial(load) {
      const outcome = outcomeOf(load, device.lose(load, seconds));
      trials++;
      seconds += load.durationMs / 1000;
      return Promise.resolve(outcome);
    },
    truthPps(goal) {
      const pps = device.truthPps(goal, seconds);
      return pps === null ? null : Math.min(wirePps, pps);
    },
    trials: () => trials,
    seconds: () => seconds,
  };
}

function outcomeOf(
  { pps, durationMs }: Load,
  { ratio, inGapsRatio = 0, offeredPps = pps }: Loss,
): TrialOutcome {
  const sent = Math.round((offeredPps * durationMs) / 1000);
  const packets = (share: number) => (share <= 0 ? 0 : Math.min(sent, Math.max(1, Math.round(share * sent))));
  const lost = packets(ratio);
  const lostInGaps = packets(inGapsRatio);
  const isDisturbed = lost > 0 && lostInGaps >= lost;
  const verdict = offeredPps < 0.99 * pps ? 'generator-limited' : isDisturbed ? 'disturbed' : 'valid';
  return {
    verdict,
    reason: verdict === 'valid' ? null : `simulated: ${verdict}`,
    offeredPps,
    receivedPps: sent === 0 ? 0 : offeredPps * (1 - lost / sent),
    sent,
    lost,
    lostInGaps,
    undisturbedRatio: inGapsRatio > 0 ? 0.9 : 1,
  };
}

/** The same numbers for the same seed, 0 to below 1. */
export function dice(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
