import { pageSizesBytes } from '../model/page-size.ts';
import { pages1G } from './pages.ts';
import type { Step } from './step.ts';
import { extraPagesStep, hugePagesStep } from './step-hugepages.ts';
import { gigaMountStep, hugeMountStep, ordinaryMountStep } from './step-mount.ts';
import { runDirectoryStep } from './step-rundir.ts';

export interface StepsWanted {
  readonly pages2M: number;
  readonly runDir: string;
  readonly hugeDir: string;
  /** Mounts for pages of other sizes, where they are wanted: of 1 GB and of 4 KB. */
  readonly gigaDir?: string;
  readonly ordinaryDir?: string;
}

/** What a run needs of its host, in order; undone in reverse. */
export function runSteps({ pages2M, runDir, hugeDir, gigaDir, ordinaryDir }: StepsWanted): Step[] {
  return [
    hugePagesStep(pages2M),
    ...(gigaDir === undefined ? [] : [extraPagesStep('huge pages of 1 GB', pageSizesBytes['1 GB'], pages1G)]),
    runDirectoryStep(runDir),
    hugeMountStep(hugeDir),
    ...(gigaDir === undefined ? [] : [gigaMountStep(gigaDir)]),
    ...(ordinaryDir === undefined ? [] : [ordinaryMountStep(ordinaryDir)]),
  ];
}

/** Every kind of step by name, so that a journal can be undone by a process that never applied it. */
export const undoByName: Readonly<Record<string, (state: unknown) => Promise<void>>> = Object.fromEntries(
  runSteps({ pages2M: 0, runDir: '', hugeDir: '', gigaDir: '', ordinaryDir: '' }).map((step) => [
    step.name,
    (state) => step.undo(state),
  ]),
);
