import { mkdirSync, rmSync } from 'node:fs';
import { z } from 'zod';
import type { Step } from './step.ts';

const stateSchema = z.object({ directory: z.string().regex(/^\/.+\/.+/) });

/** A directory of this run alone, for its sockets and telemetry; nobody else may look into it. */
export function runDirectoryStep(directory: string): Step {
  return {
    name: 'run directory',
    check: () => false,
    prepare: () => ({ directory }),
    async apply() {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    },
    async undo(state) {
      rmSync(stateSchema.parse(state).directory, { recursive: true, force: true });
    },
  };
}
