import { median } from './summary.ts';

/** Makes the median absolute deviation of normal values their standard deviation. */
export const madToSigma = 1.4826;

/** Standard deviation as the median absolute deviation from `center` tells it: half of the values may be anything. */
export function robustSigma(values: readonly number[], center = median(values)): number {
  return madToSigma * median(values.map((value) => Math.abs(value - center)));
}

/**
 * Standard deviation of the noise of a series, from the differences of neighbours: steps and drifts of the level hardly matter
 * (von Neumann et al. 1941, Ann. Math. Stat. 12(2):153-162, with a median for the mean). 0 for fewer than two values.
 */
export function noiseSigma(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const differences = values.slice(1).map((value, i) => Math.abs(value - (values[i] as number)));
  return (madToSigma * median(differences)) / Math.SQRT2;
}

/** Beyond so many sigmas a value pulls no harder: 95 % efficient for normal values (Huber 1964). */
const huberK = 1.345;
const roundsMax = 20;

/** Huber's M-estimator of a level (Huber 1964, "Robust Estimation of a Location Parameter", Ann. Math. Stat. 35(1):73-101), sigma known. */
export function huberLevel(values: readonly number[], sigma: number): number {
  let level = median(values);
  const reach = huberK * sigma;
  if (reach === 0) return level;
  for (let round = 0; round < roundsMax; round++) {
    let pull = 0;
    for (const value of values) pull += Math.max(-reach, Math.min(reach, value - level));
    const move = pull / values.length;
    level += move;
    if (Math.abs(move) < 1e-4 * sigma) break;
  }
  return level;
}
