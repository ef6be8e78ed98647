import type { BothEnds, ClockCheck, CoreFrequency, CoreRoundTrip, JitterProfile } from '../model/run.ts';
import type { measureFrequency, measureGaps, measureRoundTrip, measureSkew, tscHz } from '../native/clock.ts';
import { allCores, deviceCores, generatorCores, type LocalTestbedEnv } from '../testbed/env.ts';

/** Probes of the machine itself, none of them while a data plane runs; tests put doubles in their place. */
export interface Probes {
  readonly measureGaps: typeof measureGaps;
  readonly measureRoundTrip: typeof measureRoundTrip;
  readonly measureFrequency: typeof measureFrequency;
  readonly measureSkew: typeof measureSkew;
  readonly tscHz: typeof tscHz;
}

const jitterMs = 1_000;
const jitterThresholdNs = 10_000;
const roundTripMs = 5;
const frequencyMs = 5;
const skewMs = 20;

/** Two counters that differ by more would blame a gap on packets sent before or after it. */
const skewNsMax = 1_000;
/** Programs that reckon with another rate than the clock's show every latency wrong by as much. */
const rateErrorMax = 1e-3;

export type Cores = Pick<LocalTestbedEnv, 'generatorCore' | 'txCores' | 'rxCores' | 'deviceCore' | 'nfCores'>;

/** Every core that a loop runs on, all at the same time, as in a trial. */
export async function probeJitter(
  env: Cores,
  probes: Pick<Probes, 'measureGaps'>,
  durationMs = jitterMs,
): Promise<JitterProfile[]> {
  return Promise.all(
    allCores(env).map((core) => probes.measureGaps({ core, durationMs, thresholdNs: jitterThresholdNs })),
  );
}

/** Share of the time that the machine took the core that it takes more often, 0 to 1. */
export function awayRatio(jitter: readonly JitterProfile[]): number {
  return Math.max(0, ...jitter.map(({ gapNsTotal, durationNs }) => gapNsTotal / durationNs));
}

/**
 * What the cores are like at this moment. Of several cores of an end the one that is slowest; and of all that share lines with the data plane's
 * own core, the generator's and its NFs', the one that is furthest from it.
 */
export interface CoreState {
  readonly roundTripNs: number | null;
  readonly frequencyHz: BothEnds;
}

/** Only while nothing polls on these cores: between benches. */
export async function probeCores(env: LocalTestbedEnv, probes: Probes): Promise<CoreState> {
  const trips: (number | null)[] = [];
  for (const core of othersThan(env)) {
    const probe = { coreA: core, coreB: env.deviceCore, durationMs: roundTripMs };
    trips.push(await probes.measureRoundTrip(probe));
  }
  // At the same time, as in a trial: a core alone may run faster.
  const measure = (cores: readonly number[]) =>
    Promise.all(cores.map((core) => probes.measureFrequency({ core, durationMs: frequencyMs })));
  const [generator, device] = await Promise.all([measure(generatorCores(env)), measure(deviceCores(env))]);
  const frequencyHz = { generator: Math.min(...generator), device: Math.min(...device) };
  return { roundTripNs: largest(trips), frequencyHz };
}

/** Cores besides the data plane's own. */
function othersThan(env: Cores): number[] {
  return [...generatorCores(env), ...(env.nfCores ?? [])];
}

/** Null where one of them is not known: it might be the largest. */
function largest(values: readonly (number | null)[]): number | null {
  return values.reduce((most, value) => (most === null || value === null ? null : Math.max(most, value)));
}

/** Figures of a cell from the state before it and after it. */
export function bothWays(
  before: CoreState,
  after: CoreState,
): { readonly coreRoundTripNs: CoreRoundTrip | null; readonly coreFrequencyHz: CoreFrequency } {
  const [there, back] = [before.roundTripNs, after.roundTripNs];
  return {
    coreRoundTripNs: there === null || back === null ? null : { before: there, after: back },
    coreFrequencyHz: { before: before.frequencyHz, after: after.frequencyHz },
  };
}

/** Whether the clock can be relied on. `programsTscHz` is the rate that the native programs took; null where none ran. */
export async function probeClock(
  env: LocalTestbedEnv,
  probes: Probes,
  programsTscHz: number | null,
): Promise<ClockCheck> {
  const hz = probes.tscHz();
  const skew = await worstSkew(env, probes);
  const found = {
    invariant: env.facts.tscInvariant ?? false,
    tscHz: hz,
    programsTscHz,
    skewNs: skew?.skewNs ?? null,
    skewWithinNs: skew?.withinNs ?? null,
  };
  return { ...found, faults: clockFaults(found) };
}

/** Of the generator's cores and the NFs' the one whose counter is furthest from the data plane's; null where one of them is not known. */
async function worstSkew(env: Cores, probes: Pick<Probes, 'measureSkew'>) {
  let worst: Awaited<ReturnType<Probes['measureSkew']>> = null;
  for (const core of othersThan(env)) {
    const skew = await probes.measureSkew({ coreA: core, coreB: env.deviceCore, durationMs: skewMs });
    if (skew === null) return null;
    if (worst === null || Math.abs(skew.skewNs) > Math.abs(worst.skewNs)) worst = skew;
  }
  return worst;
}

/** What is wrong with the clock, a sentence each. */
export function clockFaults(clock: Omit<ClockCheck, 'faults'>): string[] {
  const { invariant, tscHz: hz, programsTscHz, skewNs, skewWithinNs } = clock;
  const faults: string[] = [];
  if (!invariant) {
    faults.push(
      'The CPU does not say that its time-stamp counter keeps one rate (no constant_tsc and nonstop_tsc): times drift with the frequency.',
    );
  }
  if (programsTscHz !== null && Math.abs(programsTscHz / hz - 1) > rateErrorMax) {
    const off = (100 * (programsTscHz / hz - 1)).toFixed(2);
    faults.push(
      `The native programs take the time-stamp counter for ${off} % faster than the kernel's clock shows it to be: all times are off by as much.`,
    );
  }
  // What half of the trip explains is no skew.
  if (skewNs !== null && Math.abs(skewNs) - (skewWithinNs ?? 0) > skewNsMax) {
    faults.push(
      `The time-stamp counters of the two cores are ${Math.round(Math.abs(skewNs))} ns apart: gaps of the device are held against the wrong packets.`,
    );
  }
  return faults;
}
