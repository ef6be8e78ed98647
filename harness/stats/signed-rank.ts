/**
 * Wilcoxon's signed-rank statistic (Wilcoxon 1945, "Individual Comparisons by Ranking Methods", Biometrics Bulletin 1(6):80-83) and the estimate and interval that
 * come of it (Hodges and Lehmann 1963, "Estimates of Location Based on Rank Tests", Ann. Math. Stat. 34(2):598-611; Tukey 1949). All exact: nothing is taken
 * for normal. What holds: differences that are symmetric about their centre, whatever their spread and however heavy their tails, and not the same for each.
 */

/** More differences would take counts beyond the digits of a double. */
export const differencesMax = 50;

/**
 * The critical value for a one-sided test at a level: the largest k for which P(T <= k) is at most the level, with that probability. T is the sum of the ranks of the
 * differences on one side, of `n` of them. Null where even k = 0 is more likely: so few differences cannot tell.
 */
export function criticalRank(n: number, level: number): { k: number; probability: number } | null {
  if (!Number.isInteger(n) || n < 1 || n > differencesMax) {
    throw new RangeError(`expected 1 to ${differencesMax} differences, got ${n}`);
  }
  const all = 2 ** n;
  let [k, sum] = [-1, 0];
  for (const count of rankCounts(n)) {
    if ((sum + count) / all > level) break;
    sum += count;
    k++;
  }
  return k < 0 ? null : { k, probability: sum / all };
}

/** How many of the 2^n ways to give n ranks their signs have each sum: index 0 to n (n + 1) / 2. */
function rankCounts(n: number): Float64Array {
  const counts = new Float64Array((n * (n + 1)) / 2 + 1);
  counts[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let sum = (rank * (rank + 1)) / 2; sum >= rank; sum--) {
      counts[sum] = (counts[sum] as number) + (counts[sum - rank] as number);
    }
  }
  return counts;
}

/** The mean of each pair of differences, each with itself too, in ascending order. */
export function walshAverages(differences: readonly number[]): Float64Array {
  const n = differences.length;
  const averages = new Float64Array((n * (n + 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++)
      averages[at++] = ((differences[i] as number) + (differences[j] as number)) / 2;
  }
  return averages.sort();
}

/**
 * The interval that the centre is outside of, on either side, with probability P(T <= k) at most, by the Walsh averages of the differences. With ties it is wider
 * than it need be.
 */
export function signedRankInterval(averages: Float64Array, k: number): readonly [low: number, high: number] {
  const [low, high] = [averages[k], averages[averages.length - 1 - k]];
  if (low === undefined || high === undefined || low > high) {
    throw new RangeError(`no interval with k = ${k} of ${averages.length} averages`);
  }
  return [low, high];
}
