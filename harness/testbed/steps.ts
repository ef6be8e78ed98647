import type { Step } from './step.ts';
import { hugePagesStep } from './step-hugepages.ts';
import { hugeMountStep } from './step-mount.ts';
import { runDirectoryStep } from './step-rundir.ts';

export interface StepsWanted {
  readonly pages2M: number;
  readonly runDir: string;
  readonly hugeDir: string;
}

/** What a run needs of its host, in order; undone in reverse. */
export function runSteps({ pages2M, runDir, hugeDir }: StepsWanted): Step[] {
  return [hugePagesStep(pages2M), runDirectoryStep(runDir), hugeMountStep(hugeDir)];
}

/** Every kind of step by name, so that a journal can be undone by a process that never applied it. */
export const undoByName: Readonly<Record<string, (state: unknown) => Promise<void>>> = Object.fromEntries(
  runSteps({ pages2M: 0, runDir: '', hugeDir: '' }).map((step) => [step.name, (state) => step.undo(state)]),
);
