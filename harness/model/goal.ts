/**
 * A Search Goal of RFC 9971 (Multiple Loss Ratio Search), its attributes in the RFC's words. Times in ms, ratios from 0 to below 1.
 */
export interface SearchGoal {
  /** Goal Loss Ratio: a trial that lost a larger share is a high-loss trial, else it is a low-loss one. */
  readonly lossRatio: number;
  /** Goal Exceed Ratio: so much of the time at a load may be high-loss trials, and the load is a lower bound still. */
  readonly exceedRatio: number;
  /** Goal Initial Trial Duration: no trial is shorter. */
  readonly initialTrialDurationMs: number;
  /** Goal Final Trial Duration: shorter trials cannot make a load a lower bound. */
  readonly finalTrialDurationMs: number;
  /** Goal Duration Sum: so much time in trials of full length decides any load. */
  readonly durationSumMs: number;
  /** Goal Width, relative: the search ends when (upper - lower) / upper is at most this. */
  readonly widthRatio: number;
}

/** Which rule a goal breaks, and by which of its attributes. */
export interface GoalFault {
  readonly key: keyof SearchGoal;
  readonly rule: string;
}

/** Rules of RFC 9971, "Goal Terms". What the RFC recommends against is refused too: its results could not be explained. */
export function goalFaults(goal: SearchGoal): GoalFault[] {
  const { lossRatio, exceedRatio, widthRatio } = goal;
  const { initialTrialDurationMs: initial, finalTrialDurationMs: final, durationSumMs: sum } = goal;
  const rules: [keyof SearchGoal, boolean, string][] = [
    [
      'lossRatio',
      lossRatio >= 0 && lossRatio < 1,
      `the Goal Loss Ratio is 0 % or more and below 100 %; got ${percent(lossRatio)}`,
    ],
    [
      'exceedRatio',
      exceedRatio >= 0 && exceedRatio < 1,
      `the Goal Exceed Ratio is 0 % or more and below 100 %; got ${percent(exceedRatio)}`,
    ],
    [
      'widthRatio',
      widthRatio > 0 && widthRatio < 1,
      `the Goal Width is above 0 % and below 100 %; got ${percent(widthRatio)}`,
    ],
    [
      'widthRatio',
      widthRatio >= lossRatio,
      `the Goal Width must not be below the Goal Loss Ratio; got ${percent(widthRatio)} and ${percent(lossRatio)}`,
    ],
    [
      'initialTrialDurationMs',
      isTime(initial),
      `the Goal Initial Trial Duration is above 0 ms; got ${initial} ms`,
    ],
    ['finalTrialDurationMs', isTime(final), `the Goal Final Trial Duration is above 0 ms; got ${final} ms`],
    [
      'finalTrialDurationMs',
      final >= initial,
      `the Goal Final Trial Duration must not be below the Goal Initial Trial Duration; got ${final} ms and ${initial} ms`,
    ],
    ['durationSumMs', isTime(sum), `the Goal Duration Sum is above 0 ms; got ${sum} ms`],
    [
      'durationSumMs',
      sum >= final,
      `the Goal Duration Sum must not be below the Goal Final Trial Duration; got ${sum} ms and ${final} ms`,
    ],
  ];
  return rules.flatMap(([key, holds, rule]) => (holds ? [] : [{ key, rule }]));
}

function isTime(ms: number): boolean {
  return ms > 0 && Number.isFinite(ms);
}

function percent(ratio: number): string {
  return `${Number((100 * ratio).toPrecision(6))} %`;
}
