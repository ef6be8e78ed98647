import type { Progress } from '../model/progress.ts';
import type { Cell, TrialRecord } from '../model/run.ts';
import type { PlannedCell, ResolvedProfile } from '../profile/plan.ts';
import type { Load } from '../search/trial.ts';
import type { TrialRequest } from '../traffic/generator.ts';
import type { RunSink } from './sink.ts';
import type { TrialDone } from './trial.ts';

/** What measuring a cell needs besides its bench. */
export interface CellContext {
  readonly profile: ResolvedProfile;
  readonly archive: RunSink;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Offers a load to the cell's bench, keeps the trial, and says what it did. */
export type Offer = (
  load: Load,
  purpose: TrialRecord['purpose'],
  changes?: Partial<TrialRequest>,
) => Promise<TrialDone>;

/** A cell without its place in the plan, as results hold it. */
export function cellOf({ dataplane, isolation, nfs, frameSizeBytes, method }: PlannedCell): Cell {
  return { dataplane, isolation, nfs, frameSizeBytes, method };
}

/** The generator waits a second at most. */
export function drainMsOf({ method }: ResolvedProfile): number {
  return Math.min(1_000, Math.max(1, Math.round(method.drainMs)));
}
