/** Count, mean and sum of squared deviations of any stretch of a series, each in constant time. */
export interface Moments {
  /** Of values[from] up to, not with, values[to]. */
  readonly mean: (from: number, to: number) => number;
  /** Sum of squared deviations from the mean of the stretch; never below 0. */
  readonly squares: (from: number, to: number) => number;
}

/** Prefix sums over a series. Sums are of deviations from the first value: levels of 1e7 must not eat up the digits of the noise. */
export function moments(values: readonly number[]): Moments {
  const origin = values[0] ?? 0;
  const sums = new Float64Array(values.length + 1);
  const sumsOfSquares = new Float64Array(values.length + 1);
  values.forEach((value, i) => {
    const deviation = value - origin;
    sums[i + 1] = (sums[i] as number) + deviation;
    sumsOfSquares[i + 1] = (sumsOfSquares[i] as number) + deviation * deviation;
  });
  const sum = (from: number, to: number) => (sums[to] as number) - (sums[from] as number);
  return {
    mean: (from, to) => origin + sum(from, to) / (to - from),
    squares: (from, to) => {
      const total = sum(from, to);
      const squares = (sumsOfSquares[to] as number) - (sumsOfSquares[from] as number);
      return Math.max(0, squares - (total * total) / (to - from));
    },
  };
}
