import type { GoalFigures, Throughput } from '../../model/run.ts';
import { layer1Gbps } from '../../model/units.ts';
import type { PlannedCell } from '../../profile/plan.ts';
import type { SearchVerdict } from '../../search/goal-result.ts';
import type { TrialDone } from '../trial.ts';

/** What a method found. */
export interface Found {
  readonly verdict: SearchVerdict;
  readonly reason: string | null;
  readonly throughput: Throughput | null;
  readonly best: TrialDone | null;
  /** Of a search: each of its goals. */
  readonly goals?: readonly GoalFigures[];
}

/** A rate that was received, not searched for. */
export function received(cell: PlannedCell, pps: number): Throughput {
  return { pps, gbps: layer1Gbps(pps, cell.frameSizeBytes), lowerPps: pps, upperPps: null };
}
