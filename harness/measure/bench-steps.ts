import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** It takes some two seconds; on a machine that is starved more. */
const timeoutMs = 120_000;

export interface BenchStepsRun {
  /** What it printed, unread. */
  readonly output: unknown;
  readonly command: string;
}

/**
 * Runs `bench-steps`: what each step of a packet's way costs alone and hot, on the device's core. `native` is the directory of the native programs; the
 * bench is built beside it. Rejects where it is not built or fails.
 */
export async function runBenchSteps(
  native: string,
  { generatorCore, deviceCore }: { readonly generatorCore: number; readonly deviceCore: number },
  signal: AbortSignal,
): Promise<BenchStepsRun> {
  const args = ['--cores', `${generatorCore},${deviceCore}`, '--json'];
  const file = join(native, '..', 'bench', 'bench-steps');
  const { stdout } = await promisify(execFile)(file, args, {
    signal,
    timeout: timeoutMs,
    maxBuffer: 2 ** 20,
  });
  return {
    output: JSON.parse(stdout) as unknown,
    command: `native/build/bench/bench-steps ${args.join(' ')}`,
  };
}
