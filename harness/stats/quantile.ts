/** Where the true value of a quantile lies, as ranks of the sorted samples, from 1. */
export interface RankInterval {
  readonly low: number;
  readonly high: number;
}

/** Of the standard normal distribution: between minus and plus this lie 95 %. */
const z95 = 1.959964;

/**
 * A distribution-free interval for a quantile (0 < q < 1) that holds with about 95 % confidence, as ranks: the number of samples below
 * the true quantile is binomial (W. J. Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2; normal approximation). It holds
 * for independent samples; packets that wait behind the same gap are not. Ranks are cut to 1 to `samples`: then the interval
 * is shorter than its confidence claims. Throws RangeError for less than one sample.
 */
export function quantileRanks(samples: number, q: number): RankInterval {
  if (!(samples >= 1) || !(q > 0 && q < 1))
    throw new RangeError(`a quantile needs samples and lies between 0 and 1; got ${samples} and ${q}`);
  const expected = samples * q;
  const spread = z95 * Math.sqrt(samples * q * (1 - q));
  return {
    low: Math.max(1, Math.floor(expected - spread)),
    high: Math.min(samples, Math.ceil(expected + spread) + 1),
  };
}
