import type { Evidence } from './evidence.ts';
import { segmentMin } from './series.ts';

/**
 * How sure is sure. These limits were set with harness/bench/regress.ts, which prints what they bring: how many steps of 3 % at 1 % noise are found within
 * five runs, and how often a quiet series raises a false alarm. A harder look finds fewer of both.
 */
const limits = {
  pWithoutBest: 0.02,
  pRevisit: 5e-4,
  pWelch: 0.1,
  /** Below it the noise has changed: then Student's test does not hold, and Welch's decides. */
  pSameNoise: 0.003,
  pWelchOfOtherNoise: 5e-4,
};

/**
 * Of Student's test, by the runs on the shorter side. Three or four runs look alike by chance too often; after five a change is to be known; a longer level has been looked at
 * after each of its runs, and each look is one more chance to err.
 */
const pValueMaxByRuns: Readonly<Record<number, number>> = { 3: 3e-5, 4: 3e-4, 5: 6e-4, 6: 3e-4 };
const pValueMaxOfMore = 2e-5;

/** Whether the evidence is enough to tell people. */
export function isSure(evidence: Evidence): boolean {
  return (
    evidence.runs >= segmentMin &&
    evidence.pValue < (pValueMaxByRuns[evidence.runs] ?? pValueMaxOfMore) &&
    evidence.pWithoutBest < limits.pWithoutBest &&
    evidence.pRevisit < limits.pRevisit &&
    evidence.pWelch < (evidence.pSameNoise < limits.pSameNoise ? limits.pWelchOfOtherNoise : limits.pWelch)
  );
}
