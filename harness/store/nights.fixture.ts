import { join } from 'node:path';
import type { CellResult, HostFacts, Run } from '../model/run.ts';
import { syntheticFacts, syntheticRun, writeSyntheticArchive } from './fixture.ts';

/** What is not as usual in a night. */
export interface Night {
  /** Factor on every rate; latencies are divided by it. */
  readonly level?: number;
  readonly facts?: Partial<HostFacts>;
  readonly run?: Partial<Run>;
  readonly change?: (result: CellResult) => CellResult;
}

const dayMs = 24 * 3600_000;
const firstMs = Date.parse('2026-01-01T02:00:00.000Z');

/** A made-up run of the night with that number, from 0: the usual figures with noise of half a percent. For tests only, as all of its kind. */
export function syntheticNight(number: number, { level = 1, run = {}, change }: Night = {}): Run {
  const usual = syntheticRun();
  const startedMs = firstMs + number * dayMs;
  const startedAt = new Date(startedMs).toISOString();
  const results = usual.results.map((result, i) => {
    const scaled = scale(result, level * noise(31 * number + i));
    return change === undefined ? scaled : change(scaled);
  });
  const ceilingPps = (usual.generator?.ceilingPps ?? 0) * noise(7_919 * (number + 1));
  return {
    ...usual,
    id: `${startedAt.slice(0, 19).replaceAll(':', '-')}-nightly`,
    startedAt,
    finishedAt: new Date(startedMs + 180_000).toISOString(),
    generator: usual.generator && { ...usual.generator, ceilingPps },
    results,
    ...run,
  };
}

export function syntheticNightFacts(number: number, facts: Partial<HostFacts> = {}): HostFacts[] {
  const gitCommit = (number + 1).toString(16).padStart(2, '0').repeat(20);
  return syntheticFacts().map((host) => ({ ...host, gitCommit, gitDirty: false, ...facts }));
}

/** Writes the archive of a night below `dir`; returns the path of its directory. */
export async function writeNight(dir: string, number: number, night: Night = {}): Promise<string> {
  const run = syntheticNight(number, night);
  const path = join(dir, run.id);
  await writeSyntheticArchive(path, run, syntheticNightFacts(number, night.facts), []);
  return path;
}

function scale(result: CellResult, factor: number): CellResult {
  const { throughput, latencyNs } = result;
  return {
    ...result,
    throughput: throughput && {
      ...throughput,
      pps: throughput.pps * factor,
      lowerPps: throughput.lowerPps * factor,
    },
    latencyNs: Object.fromEntries(
      Object.entries(latencyNs).map(([load, summary]) => [load, { ...summary, p99: summary.p99 / factor }]),
    ),
  };
}

/** Within half a percent of 1, the same for the same seed (a linear congruential generator's third number). */
function noise(seed: number): number {
  let state = (seed * 2_654_435_761) >>> 0;
  for (let i = 0; i < 3; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return 1 + 0.01 * (state / 2 ** 32 - 0.5);
}
