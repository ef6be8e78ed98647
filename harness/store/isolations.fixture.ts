import type { CellResult, Isolation, NfCost, Run, TrialRecord } from '../model/run.ts';
import { syntheticRun, syntheticTrials } from './fixture.ts';

/** What the made-up NFs of an isolation do; virtual machines are emulated. */
const made = {
  inline: { pps: 20e6, startMs: 0.8, memoryBytes: 0 },
  process: { pps: 12e6, startMs: 16, memoryBytes: 300_000 },
  microvm: { pps: 11.4e6, startMs: 9, memoryBytes: 700_000 },
  vm: { pps: 2e6, startMs: 2_600, memoryBytes: 90e6 },
} as const satisfies Partial<Record<Isolation, object>>;

const repetitions = 12;

/** A made-up run of every isolation, chains of 1, 3 and 5, whose method is mrr. */
export function syntheticIsolationsRun(): Run {
  const run = syntheticRun();
  const [first] = run.results;
  if (first === undefined) throw new Error('the fixture has no cell');
  const results = [1, 3, 5].flatMap((length) =>
    Object.entries(made).map(([isolation, { pps, startMs, memoryBytes }]): CellResult => {
      const nfs = Array.from({ length }, () => 'forward');
      const receivedPps = Array.from({ length: repetitions }, (_, i) => (pps / length) * (1 + i / 1000));
      const [min = 0, max = 0] = [receivedPps[0], receivedPps.at(-1)];
      const mean = (min + max) / 2;
      return {
        ...first,
        provenance: isolation === 'vm' ? 'emulated' : 'modelled',
        cell: { ...first.cell, isolation: isolation as Isolation, nfs, method: 'mrr' },
        throughput: { pps: mean, gbps: 1, lowerPps: min, upperPps: null },
        figures: {
          method: 'mrr',
          source: 'RFC 0000 section 0',
          receivedPps,
          summary: { count: repetitions, mean, min, max, stdev: 1e4 },
        },
        nfCosts: nfs.map((nf, place): NfCost => ({
          name: `nf${place}-${nf}`,
          startMs: startMs * (1 + place / 2),
          startWithinMs: isolation === 'vm' ? 10 : 0,
          memoryBytes,
        })),
      };
    }),
  );
  return { ...run, id: 'synthetic-isolations', results };
}

/** The trials that its figures are of. */
export function syntheticIsolationsTrials(run: Run): TrialRecord[] {
  return run.results.flatMap((result) => {
    const [trial] = syntheticTrials({ ...run, results: [result] });
    if (trial === undefined || result.figures?.method !== 'mrr') return [];
    return result.figures.receivedPps.map((receivedPps) => ({
      ...trial,
      purpose: 'mrr' as const,
      receivedPps,
    }));
  });
}
