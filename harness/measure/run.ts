import type { Progress } from '../model/progress.ts';
import type { Run } from '../model/run.ts';
import type { Plan } from '../profile/plan.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import type { RunSink } from './sink.ts';

export interface RunOptions {
  /** The run's id, for example `2026-11-23T07-12-33-quickstart`. */
  readonly id: string;
  /** Saved to as the run goes on; `createArchive(outDir)` is one. The caller calls its `finish`, after this is done. */
  readonly archive: RunSink;
  /** The command line, for the record. */
  readonly command: string;
  /** When aborted everything is put down and the run returned with status `interrupted`. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Directory of the native programs, `native/build/bin`. */
  readonly native: string;
}

/** Measures every cell of the plan in order. A data plane that fails fails its cell; the run goes on. */
export async function runPlan(plan: Plan, env: LocalTestbedEnv, options: RunOptions): Promise<Run> {
  options.signal.throwIfAborted();
  throw new Error(`measuring ${plan.cells.length} cells on ${env.name} is not written yet`);
}
