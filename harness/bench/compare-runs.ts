import type { CellResult, Run } from '../model/run.ts';
import type { RunData } from '../regress/repeats.ts';
import { machineOf } from './confirm-machine.ts';
import type { MachineKind } from './confirm-machine.ts';

/** Two sets of runs of one simulated machine, one after the other: all of A, then all of B. The first cell of B is changed by a share. */
export function simulatedSide(
  kind: MachineKind,
  seed: number,
  { runs, cells, change }: { readonly runs: number; readonly cells: number; readonly change: number },
): { readonly a: RunData[]; readonly b: RunData[] } {
  const machine = machineOf(kind, seed);
  const side = (changed: number) =>
    Array.from({ length: runs }, () => {
      const results = Array.from({ length: cells }, (_, i) =>
        resultOf(i, machine.measure(1e6 * (i === 0 ? 1 + changed : 1))),
      );
      const run = runOf(results, machine.measure(2e7));
      machine.pass();
      return { run, trials: [] };
    });
  return { a: side(0), b: side(change) };
}

function runOf(results: readonly CellResult[], ceilingPps: number): Run {
  return {
    schema: 'run/1',
    id: 'simulated',
    startedAt: '2000-01-01T00:00:00.000Z',
    finishedAt: null,
    status: 'complete',
    command: '',
    testbed: 'simulated',
    profile: null,
    generator: {
      name: 'native',
      version: '0',
      ceilingPps,
      ceilingRunsPps: [ceilingPps],
      coreRoundTripNs: null,
    },
    jitter: [],
    results,
  };
}

function resultOf(index: number, pps: number): CellResult {
  return {
    cell: {
      dataplane: 'netvm',
      isolation: 'process',
      nfs: [`nf${index}`],
      frameSizeBytes: 64,
      method: 'rfc2544',
    },
    provenance: 'modelled',
    verdict: 'valid',
    reason: null,
    // A search to the last packet: how runs differ is all there is.
    throughput: { pps, gbps: 0, lowerPps: pps, upperPps: pps },
    latencyNs: {},
    loads: null,
    books: null,
    cpu: null,
    trials: 1,
    trialsDisturbed: 0,
    coreRoundTripNs: null,
  };
}
