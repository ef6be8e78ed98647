import type { TrialVerdict } from '../model/run.ts';

export interface Load {
  readonly pps: number;
  readonly durationMs: number;
}

/** What a search needs to know of a trial. */
export interface TrialOutcome {
  readonly verdict: TrialVerdict;
  readonly reason: string | null;
  readonly offeredPps: number;
  readonly receivedPps: number;
  /** Packets. */
  readonly sent: number;
  readonly lost: number;
  /** Of `lost`: while a core was taken away, or its backlog drained. */
  readonly lostInGaps: number;
  /** Share of the trial without such times, 0 to 1. */
  readonly undisturbedRatio: number;
}

/** Offers a load to the system under test: a search's only way out. Where it rejects, the search does. */
export type Trial<Outcome extends TrialOutcome = TrialOutcome> = (load: Load) => Promise<Outcome>;
