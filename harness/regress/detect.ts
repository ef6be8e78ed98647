import type { Better } from '../model/series.ts';
import { eliminate } from '../stats/eliminate.ts';
import { moments } from '../stats/moments.ts';
import { noiseSigma } from '../stats/robust.ts';
import { median } from '../stats/summary.ts';
import { controlShift, isAbsorbed } from './control.ts';
import { weigh } from './evidence.ts';
import type { Sides } from './evidence.ts';
import { changesBy } from './methods.ts';
import type { MethodName } from './methods.ts';
import { isolated, isolatedShareMax } from './outliers.ts';
import { bestPlace, bestPlaces } from './place.ts';
import { runsMin, segmentMin } from './series.ts';
import type { Series } from './series.ts';
import { isSure } from './sure.ts';
import { vote } from './vote.ts';
import type { Candidate } from './vote.ts';

export interface DetectOptions {
  readonly better: Better;
  /** Smaller changes are not reported: share of the level before, 0 to 1. */
  readonly minChange: number;
}

/** One level gives way to another, for good. */
export interface Change {
  /** Of the first run of the new level, in the series as it was given; counts from 0. */
  readonly index: number;
  /** Means of the levels on both sides: up to 120 runs, as far as the changes next to it. */
  readonly before: number;
  readonly after: number;
  /** (after - before) / before. */
  readonly relativeChange: number;
  readonly kind: 'regression' | 'improvement';
  /** The methods that see it. */
  readonly votes: readonly MethodName[];
  /** Probability of such a difference by chance, of Student's t-test; 0 to 1. */
  readonly pValue: number;
  /** How far the control moved at the same place, as `relativeChange`; 0 where it did not, null where there is no control. */
  readonly controlChange: number | null;
}

export interface Detection {
  /** In the order of the series. */
  readonly changes: readonly Change[];
  /** Changes that the control shows as well: the testbed's, not the device's. */
  readonly absorbed: readonly Change[];
  /** Indexes of runs that stand alone: they are no change, and no part of a level. */
  readonly outliers: readonly number[];
}

/** So many of the published methods must see a change. */
const votesMin = 2;
/** Candidates need not be sure yet: the evidence decides, over both whole levels. */
const candidatePValueMax = 0.002;
/** A level is told by so many runs next to the change, at most: what was years ago says little of the noise of today. */
const levelRunsMax = 120;
/** Of the least change that counts: noise below this share of it is as good as none. */
const sigmaOfMinChange = 0.05;
/** Also where every change counts. */
const leastMinChange = 0.01;

/**
 * The changes of level in a series. Gaps are left out and runs that stand alone set aside; the published methods name candidates and vote; each one that
 * has the votes must be large enough, last for `segmentMin` runs, and stand up to what speaks against it (sure.ts); what the control
 * shows as well is the testbed's. With fewer than `runsMin` values there are none. O(n^2) for n runs.
 */
export function detect(series: Series, options: DetectOptions): Detection {
  const runs = series.values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  if (runs.length < runsMin) return { changes: [], absorbed: [], outliers: [] };
  const all = runs.map((run) => run.value);
  const sigmaMin = sigmaOfMinChange * Math.max(options.minChange, leastMinChange) * median(all);
  const alone = standingAlone(all, sigmaMin);
  const levels = runs.flatMap((run, place) => (alone[place] ? [] : [{ ...run, place }]));
  const values = levels.map((run) => run.value);
  const { points, described } = candidates(values, sigmaMin);
  const sure = sureChanges(points, described, values, options, (from, at, to) => {
    const [first, middle, end] = [from, at, to].map((i) => levels[i]?.place ?? all.length);
    return { beforeAll: all.slice(first, middle), afterAll: all.slice(middle, end) };
  });
  const found = sure.map((change) => ({ ...change, index: levels[change.index]?.index ?? change.index }));
  const changes = withControl(found, series, options.better);
  const absorbed = changes.filter(
    ({ relativeChange, controlChange }) =>
      controlChange !== null && isAbsorbed(relativeChange, controlChange, options.minChange),
  );
  return {
    changes: changes.filter((change) => !absorbed.includes(change)),
    absorbed,
    outliers: runs.flatMap((run, place) => (alone[place] ? [run.index] : [])),
  };
}

function standingAlone(all: readonly number[], sigmaMin: number): readonly boolean[] {
  const alone = isolated(all, Math.max(sigmaMin, noiseSigma(all)));
  // So many that they are no outliers but a second mode.
  return alone.filter(Boolean).length > 1 + isolatedShareMax * all.length ? all.map(() => false) : alone;
}

function candidates(values: readonly number[], sigmaMin: number) {
  const sums = moments(values);
  const by = (method: MethodName) => {
    const found = changesBy[method](values, { sigmaMin, pValueMax: candidatePValueMax });
    return bestPlaces(sums, found, values.length);
  };
  const found = {
    'description-length': by('description-length'),
    'e-divisive': by('e-divisive'),
    'robust-step': by('robust-step'),
  };
  const agreed = vote(found, votesMin);
  const points: Candidate[] = agreed.map((candidate, i) => ({
    ...candidate,
    index: bestPlace(sums, agreed[i - 1]?.index ?? 0, candidate.index, agreed[i + 1]?.index ?? values.length),
  }));
  return { points, described: found['description-length'] };
}

type Found = Omit<Change, 'kind' | 'controlChange'>;

interface Judged {
  readonly found: Found;
  readonly isSure: boolean;
}

/** Takes out what is doubtful, the most doubtful first, until every change that is left is sure between the ones next to it. */
function sureChanges(
  points: readonly Candidate[],
  described: readonly number[],
  values: readonly number[],
  { minChange }: DetectOptions,
  allBetween: (from: number, at: number, to: number) => Pick<Sides, 'beforeAll' | 'afterAll'>,
): Found[] {
  const judge = (previous: number, { index, votes }: Candidate, next: number): Judged | null => {
    const [from, to] = [Math.max(previous, index - levelRunsMax), Math.min(next, index + levelRunsMax)];
    if (Math.min(index - from, to - index) < segmentMin) return null;
    const all = allBetween(from, index, to);
    const between = (start: number, stop: number): Judged => {
      const [before, after] = [values.slice(start, index), values.slice(index, stop)];
      const evidence = weigh({ before, after, ...all });
      const [levelBefore, levelAfter] = [mean(before), mean(after)];
      const relativeChange = (levelAfter - levelBefore) / levelBefore;
      const { pValue } = evidence;
      const found = { index, before: levelBefore, after: levelAfter, relativeChange, votes, pValue };
      return { found, isSure: Math.abs(relativeChange) >= minChange && isSure(evidence) };
    };
    const whole = between(from, to);
    if (whole.isSure) return whole;
    // One change taken out must not drag its neighbours along: a level may end where the description length sees another, told or not.
    const start = Math.max(from, described.findLast((other) => other <= index - segmentMin) ?? 0);
    const stop = Math.min(to, described.find((other) => other >= index + segmentMin) ?? values.length);
    return start === from && stop === to ? whole : between(start, stop);
  };
  const kept = eliminate(points, values.length, judge, (judgement) => {
    if (judgement === null) return 2;
    // Above 0 also where the probability is 0 and something else is missing.
    return judgement.isSure ? 0 : Number.EPSILON + judgement.found.pValue;
  });
  return kept.flatMap(({ judgement }) => (judgement === null ? [] : [judgement.found]));
}

function withControl(found: readonly Found[], { values, control }: Series, better: Better): Change[] {
  return found.map((change, i) => {
    const from = Math.max(found[i - 1]?.index ?? 0, change.index - levelRunsMax);
    const to = Math.min(found[i + 1]?.index ?? values.length, change.index + levelRunsMax);
    const isGood = change.relativeChange > 0 === (better === 'higher');
    return {
      ...change,
      kind: isGood ? 'improvement' : 'regression',
      controlChange: control === undefined ? null : controlShift(control, from, change.index, to),
    };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
