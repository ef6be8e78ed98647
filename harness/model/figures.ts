/**
 * What a method finds besides a throughput, as in `CellResult.figures`. Each names its source: the section that defines it.
 * Other programs read these fields: add to them, never rename them.
 */
export type MethodFigures =
  | MrrFigures
  | BackToBackFigures
  | FrameLossFigures
  | SoakFigures
  | RecoveryFigures
  | ResetFigures
  | ScalingFigures;

/** Mean, extremes and standard deviation (of a sample, n - 1; 0 for one value) of repeats. */
export interface Repeats {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly stdev: number;
}

/** CSIT's maximum receive rate: what comes back of a full wire, losses of no account. */
export interface MrrFigures {
  readonly method: 'mrr';
  readonly source: string;
  /** Of the trials, in their order, packets per second. */
  readonly receivedPps: readonly number[];
  readonly summary: Repeats;
}

/** RFC 2544 section 26.4, as updated by RFC 9004: the longest burst at the wire's rate of which no frame is lost. */
export interface BackToBackFigures {
  readonly method: 'back-to-back';
  readonly source: string;
  /** The wire's, packets per second: the rate of the bursts. */
  readonly maxTheoreticalPps: number;
  /** The longest burst that passed, in frames, of each repetition. */
  readonly bursts: readonly number[];
  readonly summary: Repeats;
  /** Null where the device keeps up with bursts of any length tried: then nothing shows of its buffer. */
  readonly buffer: {
    /** RFC 9004 section 6.4: mean burst / maximum theoretical frame rate. */
    readonly impliedNs: number;
    /** The same less what the device forwarded meanwhile: implied x (1 - throughput / maximum theoretical frame rate). */
    readonly correctedNs: number;
    readonly throughputPps: number;
  } | null;
  /** The longest burst tried, in frames. */
  readonly limitFrames: number;
}

/** RFC 2544 section 26.3: loss by load, from the wire's rate downwards. */
export interface FrameLossFigures {
  readonly method: 'frame-loss';
  readonly source: string;
  /** Highest load first. The last two are without loss, unless the loads ended before. */
  readonly points: readonly LossPoint[];
}

export interface LossPoint {
  /** Of the wire's rate. */
  readonly loadPercent: number;
  readonly intendedPps: number;
  readonly offeredPps: number;
  readonly receivedPps: number;
  /** (sent - received) / sent, 0 to 1. */
  readonly lossRatio: number;
  /** The same without what was lost while a core was taken away. */
  readonly lossOutsideGapsRatio: number;
  readonly verdict: PointVerdict;
}

/** As of a trial; books that do not close make no point. */
export type PointVerdict = 'valid' | 'generator-limited' | 'disturbed';

/** No RFC: one long trial at a constant load, looked at second by second. */
export interface SoakFigures {
  readonly method: 'soak';
  readonly source: string;
  readonly intendedPps: number;
  readonly durationNs: number;
  readonly sent: number;
  readonly lost: number;
  readonly lostInGaps: number;
  /** Packets lost outside gaps in each second, by their send times; null where the log of losses had no room for that second. */
  readonly lostBySecond: readonly (number | null)[];
  /** The longest stretch of time without a loss outside gaps, of the time that the log of losses covers. */
  readonly longestLossFreeNs: number;
  /** Losses outside gaps of the first and the last half of the time, as shares of what was sent then: drift. */
  readonly firstHalfLossRatio: number | null;
  readonly secondHalfLossRatio: number | null;
  /**
   * One-sided upper bounds after Clopper and Pearson (1934), exact, of losses outside gaps: of the share of packets lost, as if
   * each were lost on its own; and of the share of seconds with a loss, which also holds where losses come in bursts.
   */
  readonly confidence: number;
  readonly lossRatioBelow: number;
  readonly lossySecondsRatioBelow: number | null;
}

/** RFC 2544 section 26.5: how long after an overload ends packets are still lost. */
export interface RecoveryFigures {
  readonly method: 'recovery';
  readonly source: string;
  readonly overloadPps: number;
  readonly overloadDurationMs: number;
  readonly reducedPps: number;
  /** Of each repetition. */
  readonly recoveryNs: readonly number[];
  /** Packets lost after the reduction, outside gaps, of each repetition. */
  readonly lostAfterReduction: readonly number[];
  /** Loss under the overload, 0 to 1, of each repetition: 0 where the wire could not overload the device. */
  readonly overloadLossRatio: readonly number[];
  readonly summary: Repeats;
}

/** RFC 6201: how long a reset interrupts forwarding. */
export interface ResetFigures {
  readonly method: 'reset';
  readonly source: string;
  /** What was killed and brought back, for example `nf0-forward` or `netvmd and its 3 NFs`. */
  readonly target: string;
  readonly offeredPps: number;
  /** RFC 6201's frame-loss method, of each repetition: packets lost in the outage / offered rate. */
  readonly frameLossNs: readonly number[];
  /** RFC 6201's timestamp method: from the first packet of the outage to the first that came back after it. */
  readonly timestampNs: readonly number[];
  /** From the kill until the harness had put the part back to work, by its own clock. */
  readonly restartNs: readonly number[];
  /** Packets of the outage, and those lost apart from it, which count in no reset time. */
  readonly lostInOutage: readonly number[];
  readonly lostApart: readonly number[];
  readonly summary: Repeats;
}

/** No RFC: instances of a network function are added, taken away and replaced while packets pass. */
export interface ScalingFigures {
  readonly method: 'scaling';
  readonly source: string;
  /** The service that is scaled: `nf0-forward`. */
  readonly service: string;
  readonly offeredPps: number;
  /** In the order of time. The first one is the steady state before anything is changed, and takes no time. */
  readonly steps: readonly ScalingStep[];
  /** Time from one sample of the instances to the next. */
  readonly intervalNs: number;
  /** In the order in which they were started. */
  readonly instances: readonly ScaledInstance[];
  /** By the books, of each repetition: packets sent, and of them lost, lost while a core was taken away, come twice, come out of order. */
  readonly sent: readonly number[];
  readonly lost: readonly number[];
  readonly lostInGaps: readonly number[];
  readonly duplicates: readonly number[];
  /** Over all flows: those of several instances overtake each other. */
  readonly reordered: readonly number[];
  /** Of all steps of all repetitions: how long one takes. */
  readonly summary: Repeats;
}

export interface ScalingStep {
  readonly step: ScalingStepName;
  /** Of the service, when it is done. */
  readonly instances: number;
  /** Of each repetition: when it was ordered, from the trial's start on, and how long it took until it was done. */
  readonly atNs: readonly number[];
  readonly tookNs: readonly number[];
  /** Packets lost from then until the next step, of each repetition, at most: what came out of order may be counted. By the books where that is less. */
  readonly lost: readonly number[];
}

export type ScalingStepName = 'steady' | 'scale-out' | 'scale-in' | 'replace';

export interface ScaledInstance {
  /** `nf0-forward.2`: the second one that was started. */
  readonly name: string;
  /** Packets a second that it took, interval by interval, of each repetition; null where it did not run. */
  readonly receivedPps: readonly (readonly (number | null)[])[];
}
