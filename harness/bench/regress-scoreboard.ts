import { runsMin } from '../regress/series.ts';
import type { Series } from '../regress/series.ts';
import type { SimulatedSeries, Truth } from './regress-simulator.ts';

/** What is looked at of a change that was found. */
export interface FoundChange {
  readonly index: number;
  readonly relativeChange: number;
}

export type Detector = (series: Series) => readonly FoundChange[];

/** A change that is placed so many runs from a true one means that one. */
const reachRuns = 5;

/** What was found in some series, all their runs known. */
export interface WholeScore {
  readonly truths: number;
  /** Truths that a change means. */
  readonly found: number;
  /** Changes that mean no truth. */
  readonly wrong: number;
}

/** A change means a truth of its direction that lies within `reachRuns` of it; of a ramp, any of its runs. */
export function scoreWhole(simulated: readonly SimulatedSeries[], detector: Detector): WholeScore {
  let [truths, found, wrong] = [0, 0, 0];
  for (const { series, truths: all } of simulated) {
    const changes = detector(series);
    truths += all.length;
    found += all.filter((truth) => changes.some((change) => means(change, truth))).length;
    wrong += changes.filter((change) => !all.some((truth) => means(change, truth))).length;
  }
  return { truths, found, wrong };
}

/** What nightly CI would have seen of some series. */
export interface OnlineScore {
  readonly truths: number;
  /** For each truth that was found: runs with a value from its first one to the one after which it was, both counted. 1 at best. */
  readonly delaysRuns: readonly number[];
  readonly falseAlarms: number;
  /** Runs with a value. */
  readonly runs: number;
}

/**
 * Plays series to a detector as nightly CI would: after every run with a value, with all the runs so far.
 * An *alarm* is a change that no earlier alarm of its direction lies within `reachRuns` of (alarms move as runs come in, and are followed). It finds a truth that it means
 * and that has begun; if that is found already it is the same news, and counts as nothing. Every other alarm is *false*, once, even if a later run takes it back.
 */
export function scoreOnline(simulated: readonly SimulatedSeries[], detector: Detector): OnlineScore {
  const delaysRuns: number[] = [];
  let [truths, falseAlarms, runs] = [0, 0, 0];
  for (const one of simulated) {
    const found = new Set<Truth>();
    truths += one.truths.length;
    runs += valuesIn(one.series, 0, one.series.values.length);
    for (const { change, afterRuns } of alarms(one.series, detector)) {
      const truth = one.truths.find((candidate) => means(change, candidate) && candidate.index < afterRuns);
      if (truth === undefined) falseAlarms++;
      else if (!found.has(truth)) {
        found.add(truth);
        delaysRuns.push(valuesIn(one.series, truth.index, afterRuns));
      }
    }
  }
  return { truths, delaysRuns, falseAlarms, runs };
}

interface Alarm {
  readonly change: FoundChange;
  readonly afterRuns: number;
}

function alarms(series: Series, detector: Detector): Alarm[] {
  const raised: Alarm[] = [];
  const known: { index: number; readonly sign: number }[] = [];
  for (let afterRuns = runsMin; afterRuns <= series.values.length; afterRuns++) {
    if (series.values[afterRuns - 1] === null) continue;
    for (const change of detector(firstRuns(series, afterRuns))) {
      const sign = Math.sign(change.relativeChange);
      const same = known.find(
        (alarm) => alarm.sign === sign && Math.abs(alarm.index - change.index) <= reachRuns,
      );
      if (same) same.index = change.index;
      else {
        known.push({ index: change.index, sign });
        raised.push({ change, afterRuns });
      }
    }
  }
  return raised;
}

/** Whether the first truth of a series is found when it has lasted for `runs` runs, or before. */
export function isFoundWithin(
  { series, truths }: SimulatedSeries,
  detector: Detector,
  runs: number,
): boolean {
  const [truth] = truths;
  if (truth === undefined) throw new RangeError('expected a series with a change');
  for (let lasted = 1; lasted <= runs; lasted++) {
    const changes = detector(firstRuns(series, truth.index + lasted));
    if (changes.some((change) => means(change, truth))) return true;
  }
  return false;
}

function means({ index, relativeChange }: FoundChange, truth: Truth): boolean {
  const isNear = index >= truth.index - reachRuns && index <= truth.settled + reachRuns;
  return isNear && Math.sign(relativeChange) === Math.sign(truth.relativeChange);
}

function valuesIn({ values }: Series, from: number, to: number): number {
  return values.slice(from, to).filter((value) => value !== null).length;
}

function firstRuns({ values, control }: Series, runs: number): Series {
  return {
    values: values.slice(0, runs),
    ...(control === undefined ? {} : { control: control.slice(0, runs) }),
  };
}
