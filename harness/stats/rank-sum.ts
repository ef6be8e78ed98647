/**
 * The rank-sum statistic of two samples (Mann and Whitney 1947, "On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other", Ann. Math. Stat. 18(1):50-60)
 * and the shift between them with its interval (Hodges and Lehmann 1963, Moses 1965). Exact: nothing is taken for normal.
 */

/** More values a side would take counts beyond what is added up in a moment. */
export const sampleMax = 40;

/** As `criticalRank` of one sample: the largest k for which P(U <= k) is at most the level. Null where so few values cannot tell. */
export function criticalRankSum(
  sizeA: number,
  sizeB: number,
  level: number,
): { k: number; probability: number } | null {
  for (const size of [sizeA, sizeB]) {
    if (!Number.isInteger(size) || size < 1 || size > sampleMax)
      throw new RangeError(`expected samples of 1 to ${sampleMax}, got ${size}`);
  }
  const counts = sumCounts(sizeA, sizeB);
  const all = counts.reduce((sum, count) => sum + count, 0);
  let [k, sum] = [-1, 0];
  for (const count of counts) {
    if ((sum + count) / all > level) break;
    sum += count;
    k++;
  }
  return k < 0 ? null : { k, probability: sum / all };
}

/**
 * How many orders of both samples have each U, the number of pairs in which the value of B is the less: either the largest of all is one of A, which is above all of B, or one of B,
 * which is above none (Mann and Whitney's recursion).
 */
function sumCounts(sizeA: number, sizeB: number): Float64Array {
  let rows: Float64Array[] = Array.from({ length: sizeB + 1 }, () => Float64Array.of(1));
  for (let a = 1; a <= sizeA; a++) {
    const next: Float64Array[] = [Float64Array.of(1)];
    for (let b = 1; b <= sizeB; b++) {
      const counts = new Float64Array(a * b + 1);
      (rows[b] as Float64Array).forEach((count, u) => (counts[u + b] = count));
      (next[b - 1] as Float64Array).forEach((count, u) => (counts[u] = (counts[u] as number) + count));
      next.push(counts);
    }
    rows = next;
  }
  return rows[sizeB] as Float64Array;
}

/** Every difference b - a, in ascending order: their median is the estimate of the shift, and those k from both ends are its interval. */
export function differencesOf(a: readonly number[], b: readonly number[]): Float64Array {
  return Float64Array.from(a.flatMap((one) => b.map((other) => other - one))).sort();
}
