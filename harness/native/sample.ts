import { addon } from './addon.ts';

export interface SampleOptions {
  /** Samples per second, 1 to 10,000. */
  readonly hz: number;
  /** Memory is taken at start for so long; what comes later is counted as missed. */
  readonly durationMsMax: number;
  /** Core for the sampling thread; any where it is left out. */
  readonly core?: number;
}

export interface Samples {
  readonly timesTsc: BigUint64Array;
  /** Row by row: one value for each counter asked for, in that order. */
  readonly values: BigUint64Array;
  readonly missed: number;
}

export interface Sampling {
  stop(): Samples;
}

/** Reads counters of a telemetry segment at a fixed rate, in a thread that the event loop does not see. */
export function sample(path: string, counterNames: readonly string[], options: SampleOptions): Sampling {
  const rowsMax = Math.ceil((options.durationMsMax / 1000) * options.hz) + 1;
  return new (addon().Sampler)(path, counterNames, { hz: options.hz, rowsMax, core: options.core ?? -1 });
}
