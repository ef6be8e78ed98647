import type { Load, Trial, TrialOutcome } from './trial.ts';

/** A device that forwards up to its capacity, and drops what is more. */
export function cliff(capacityPps: number): Trial & { readonly loads: Load[] } {
  return recorded((load) => outcome(load, Math.max(0, load.pps - capacityPps) / load.pps));
}

export function recorded(
  simulate: (load: Load, i: number) => TrialOutcome,
): Trial & { readonly loads: Load[] } {
  const loads: Load[] = [];
  const trial: Trial = (load) => {
    loads.push(load);
    return Promise.resolve(simulate(load, loads.length - 1));
  };
  return Object.assign(trial, { loads });
}

export function outcome(load: Load, lossRatio: number, changes: Partial<TrialOutcome> = {}): TrialOutcome {
  const sent = Math.round((load.pps * load.durationMs) / 1000);
  const lost = lossRatio <= 0 ? 0 : Math.max(1, Math.round(sent * lossRatio));
  return {
    verdict: 'valid',
    reason: null,
    offeredPps: load.pps,
    receivedPps: load.pps * (1 - lost / sent),
    sent,
    lost,
    lostInGaps: 0,
    undisturbedRatio: 1,
    ...changes,
  };
}

/** A trial in which the machine, not the device, lost packets. */
export function disturbed(load: Load, lostOutside = 0): TrialOutcome {
  const lost = 1000 + lostOutside;
  return outcome(load, 0, { verdict: 'disturbed', reason: 'gaps', lost, lostInGaps: 1000 });
}
