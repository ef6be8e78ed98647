/**
 * Upper bound of a proportion of which `successes` were seen in `trials`: one-sided, exact, after Clopper and Pearson (1934). With
 * probability `confidence`, or more, the true proportion is below it. With no success that is the rule of three, exactly.
 */
export function proportionBelow(successes: number, trials: number, confidence: number): number {
  if (!(successes >= 0 && successes <= trials && trials >= 1 && confidence > 0 && confidence < 1)) {
    throw new RangeError(
      `expected 0 <= successes <= trials and a confidence between 0 and 1; got ${successes}, ${trials} and ${confidence}`,
    );
  }
  if (successes === trials) return 1;
  if (successes === 0) return -Math.expm1(Math.log1p(-confidence) / trials);
  let [low, high] = [successes / trials, 1];
  // Halved until nothing is left of the difference: 200 is more than doubles need.
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (betaRatio(middle, successes + 1, trials - successes) < confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** Probability of `hits` or more of `trials` where each has probability p, 0 to 1. */
export function binomialTail(hits: number, trials: number, p: number): number {
  return hits <= 0 ? 1 : betaRatio(p, hits, trials - hits + 1);
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz). */
export function betaRatio(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast on the near side of the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaRatio(1 - x, b, a);
  const front = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return (Math.exp(front) * fraction(x, a, b)) / a;
}

const tiny = 1e-300;
/** Its terms grow with the square root of the larger argument: enough for 1e12 packets. */
const termsMax = 5_000_000;

function fraction(x: number, a: number, b: number): number {
  const nonzero = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / nonzero(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= termsMax; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    const change = d * c;
    result *= change;
    if (Math.abs(change - 1) < 1e-14) break;
  }
  return result;
}

/** Natural logarithm of the gamma function, for arguments above 0: Stirling's series, moved to where it is exact to 1e-15. */
export function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 15; z++) shift += Math.log(z);
  const inverse = 1 / (z * z);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
