import { silent } from '../model/progress.ts';
import type { PlannedCell } from '../profile/plan.ts';
import type { withBench } from './bench.ts';
import { fakeBench, memorySink, tscHz, type FakeBench } from './doubles.fixture.ts';
import type { Rig } from './run.ts';

/** A rig whose device can do so much; `spoil` acts in every trial of a cell. */
export function rig(
  capacityPps: number,
  spoil: (bench: FakeBench, trial: number) => void = () => {},
  fail: (cell: PlannedCell, attempt: number) => void = () => {},
  probe: (benches: readonly string[]) => number | null = () => 55,
): Rig & { readonly benches: string[] } {
  const benches: string[] = [];
  const open: typeof withBench = async (of, options, work) => {
    benches.push(options.name);
    const planned = of as PlannedCell;
    fail(planned, benches.length);
    return work(fakeBench(planned, capacityPps, planned.dataplane === 'forwarder' ? () => {} : spoil));
  };
  return {
    benches,
    withBench: open,
    measureGaps: async ({ core }) => ({ core, durationNs: 1e9, gaps: 1, gapNsTotal: 2e4, gapNsMax: 2e4 }),
    measureRoundTrip: () => Promise.resolve(probe(benches)),
    measureFrequency: async ({ core }) => 3e9 + core,
    measureSkew: async () => ({ skewNs: 4, withinNs: 30 }),
    tscHz: () => tscHz,
  };
}

export function options(archive = memorySink(), signal = new AbortController().signal) {
  return { id: 'run', archive, command: './netvm run', signal, progress: silent, native: '/nowhere' };
}
