import { criticalRank, differencesMax } from '../stats/signed-rank.ts';

/** One planned look at the pairs so far. */
export interface Look {
  readonly pairs: number;
  /** Of the signed-rank statistic; null where so few pairs cannot tell. */
  readonly k: number | null;
}

/** Rounds go before, after, after, before: a drift of the machine cancels over two of them, and after four it has done so twice. */
export const lookEvery = 4;
/** Beyond it the exact counts do not go; at a minute a round that is an hour. */
export const pairsMax = differencesMax - 2;

/**
 * A group-sequential plan: looks after every fourth pair and at the last, whose errors sum up to `alpha` at most (one-sided, 0 to 1). How much each look may spend
 * is Lan and DeMets's spending function (1983, "Discrete sequential boundaries for clinical trials", Biometrika 70(3):659-663) of Kim and DeMets's power family (1987,
 * Biometrika 74(1):149-154), alpha t^2: little at first, most at the end. What an exact statistic cannot spend at one look is left for the next. The sum of
 * the looks' errors bounds the error of all of them whatever their dependence, so the intervals at the looks are repeated confidence intervals (Jennison and
 * Turnbull 1989, JRSS B 51(3):305-361): all of them hold at once with probability 1 - 2 alpha.
 */
export function planLooks(pairsLast: number, alpha: number): Look[] {
  if (!Number.isInteger(pairsLast) || pairsLast < 1 || pairsLast > pairsMax) {
    throw new RangeError(`expected 1 to ${pairsMax} pairs, got ${pairsLast}`);
  }
  const at = Array.from({ length: Math.ceil(pairsLast / lookEvery) }, (_, i) =>
    Math.min(pairsLast, (i + 1) * lookEvery),
  );
  let spent = 0;
  return at.map((pairs) => {
    const critical = criticalRank(pairs, alpha * (pairs / pairsLast) ** 2 - spent);
    spent += critical?.probability ?? 0;
    return { pairs, k: critical?.k ?? null };
  });
}

/** With fewer pairs than this no look could ever tell, at an error of `alpha`. */
export function pairsMin(alpha: number): number {
  return Math.ceil(-Math.log2(alpha));
}
