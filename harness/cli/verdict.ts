import { exitCode } from '../model/errors.ts';
import type { Run } from '../model/run.ts';

/** 0 where every cell was measured, 1 where one was not, 130 where it was interrupted. */
export function verdictCode(run: Run): 0 | 1 | 130 {
  if (run.status === 'interrupted') return exitCode.interrupted;
  return run.results.length > 0 && run.results.every((result) => result.verdict === 'valid')
    ? exitCode.done
    : exitCode.measurementFailed;
}
