import { imixSizes } from '../model/imix.ts';
import type { Progress } from '../model/progress.ts';
import type { Accelerator, Cell, TrialRecord } from '../model/run.ts';
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
  /** What runs virtual machines; left out where the plan has none. */
  readonly accelerator?: Accelerator;
}

/** Offers a load to the cell's bench, keeps the trial, and says what it did. */
export type Offer = (
  load: Load,
  purpose: TrialRecord['purpose'],
  changes?: Partial<TrialRequest>,
) => Promise<TrialDone>;

/** A cell without its place in the plan, as results hold it. */
export function cellOf({ index: _, measureLatency: __, ...cell }: PlannedCell): Cell {
  return cell;
}

/** What a cell's packets are, as a generator is asked for them. A cell without such words has plain traffic. */
export function trafficOf(
  cell: Cell,
  { traffic }: ResolvedProfile,
): Pick<TrialRequest, 'imixSizesBytes' | 'traffic'> {
  return {
    ...(cell.imix !== undefined && { imixSizesBytes: imixSizes(cell.imix) }),
    ...(cell.traffic !== undefined && traffic !== undefined && { traffic }),
  };
}

/** The generator waits a second at most. */
export function drainMsOf({ method }: ResolvedProfile): number {
  return Math.min(1_000, Math.max(1, Math.round(method.drainMs)));
}
