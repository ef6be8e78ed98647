import { robustSigma } from '../stats/robust.ts';
import { binomialTail } from '../stats/binomial.ts';
import { sampleOf, studentTails, studentTest, varianceTest, welchTest } from '../stats/student.ts';
import type { Sample } from '../stats/student.ts';

/** The runs on both sides of a change: without those that stand alone, and with them. */
export interface Sides {
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly beforeAll: readonly number[];
  readonly afterAll: readonly number[];
}

/** What speaks for a change between two levels; every p is the probability of as much where there is none, 0 to 1. */
export interface Evidence {
  /** Runs on the shorter side. */
  readonly runs: number;
  /** Student's t-test. */
  readonly pValue: number;
  /** The same without the run on each side that speaks most for the change: what one run alone can do is gone. */
  readonly pWithoutBest: number;
  /** Welch's t-test: the noise may have changed. */
  readonly pWelch: number;
  /** F-test: whether it has. */
  readonly pSameNoise: number;
  /** So many runs beyond the middle between both levels, as often as runs before were there. 0 where these were there no more often than noise explains. */
  readonly pRevisit: number;
}

export function weigh({ before, after, beforeAll, afterAll }: Sides): Evidence {
  const recent = sampleOf(ofTheSameNoise(before));
  const later = sampleOf(after);
  const isUp = later.mean > recent.mean;
  return {
    runs: Math.min(before.length, after.length),
    pValue: studentTest(recent, later),
    pWithoutBest: withoutBest(before, after, isUp),
    pWelch: welchTest(recent, later),
    pSameNoise: varianceTest(recent, later),
    pRevisit: revisit(beforeAll, afterAll, recent, later, isUp),
  };
}

/** Fewer runs tell nothing of how noisy they are. */
const noiseRunsMin = 8;
/** Of Inclan and Tiao's statistic: 1 % of series of one variance exceed it (their table 1). */
const noiseChangeMin = 1.628;

/**
 * The last runs alone where they are noisier than the ones before: a quiet past must not vouch for a noisy present. The place by cumulative sums of squares
 * (Inclan and Tiao 1994, "Use of Cumulative Sums of Squares for Retrospective Detection of Changes of Variance", JASA 89(427):913-923).
 */
function ofTheSameNoise(before: readonly number[]): readonly number[] {
  const { mean, squares } = sampleOf(before);
  const size = before.length;
  let sum = 0;
  let least = 0;
  let at = 0;
  before.forEach((value, i) => {
    sum += (value - mean) ** 2;
    const excess = sum / squares - (i + 1) / size;
    if (i + 1 >= noiseRunsMin && size - i - 1 >= noiseRunsMin && excess < least)
      [least, at] = [excess, i + 1];
  });
  return -least * Math.sqrt(size / 2) > noiseChangeMin ? before.slice(at) : before;
}

function withoutBest(before: readonly number[], after: readonly number[], isUp: boolean): number {
  const low = isUp ? before : after;
  const high = isUp ? after : before;
  const less = sampleOf(low.toSpliced(low.indexOf(Math.min(...low)), 1));
  const more = sampleOf(high.toSpliced(high.indexOf(Math.max(...high)), 1));
  return more.mean > less.mean ? studentTest(less, more) : 1;
}

/** Noise does not explain a share of runs beyond the middle that is less likely than this. */
const pUnexplainedMax = 0.005;
/** Degrees of freedom at which Student's distribution is the normal one. */
const asNormal = 1000;

/** A series of two modes goes to and fro: some runs in the other mode are no new level, however far it is. */
function revisit(
  before: readonly number[],
  after: readonly number[],
  recent: Sample,
  later: Sample,
  isUp: boolean,
): number {
  const middle = (recent.mean + later.mean) / 2;
  const beyond = (values: readonly number[]) => values.filter((value) => value > middle === isUp).length;
  const were = beyond(before);
  if (were === 0) return 0;
  const sigma = robustSigma(before);
  const byNoise = sigma === 0 ? 0 : studentTails(Math.abs(middle - recent.mean) / sigma, asNormal) / 2;
  if (binomialTail(were, before.length, byNoise) >= pUnexplainedMax) return 0;
  return binomialTail(beyond(after), after.length, (were + 0.25) / (before.length + 0.5));
}
