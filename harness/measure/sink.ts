import type { HostFacts, Run, TrialRecord } from '../model/run.ts';

/**
 * Where a run is saved while it is measured. `store`'s archive is one; whoever makes the sink also finishes it.
 * What a method was given is on disk when its promise is kept.
 */
export interface RunSink {
  appendTrial(trial: TrialRecord): Promise<void>;
  saveRun(run: Run): Promise<void>;
  /** Returns the log's path inside the archive, for `LatencySummary.hlog`. */
  writeLatency(name: string, hlogText: string): Promise<string>;
  writeFacts(facts: readonly HostFacts[]): Promise<void>;
  log(entry: {
    readonly level: 'info' | 'warn' | 'error';
    readonly message: string;
    readonly [key: string]: unknown;
  }): Promise<void>;
}
