import type { Cell, CellResult, HostFacts, LatencySummary, Run, TrialRecord } from '../model/run.ts';
import { layer1Gbps } from '../model/units.ts';
import { emptyHistogram, summarize, toHlog } from '../stats/hdr.ts';
import { repeats } from '../stats/summary.ts';
import { createArchive } from './archive.ts';
import { syntheticFacts, syntheticRun } from './fixture.ts';

/**
 * A made-up archive whose figures are those of its trials and latency logs, as those of a real run are: a search with latencies, and a maximum receive rate. For tests only.
 */
export async function writeSoundArchive(
  dir: string,
  { run: part = {}, facts = {} }: { readonly run?: Partial<Run>; readonly facts?: Partial<HostFacts> } = {},
): Promise<Run> {
  const archive = await createArchive(dir);
  const searched = cellOf('rfc2544');
  const received = cellOf('mrr');
  const summaries: Record<string, LatencySummary> = {};
  const trials: TrialRecord[] = [
    trialOf(searched, 'search', 1e6),
    { ...trialOf(searched, 'search', 2e6), receivedPps: 1.5e6, lossRatio: 0.25 },
  ];
  for (const load of [10, 50]) {
    const hlog = await archive.writeLatency(`0-${load}pct`, hlogOf(load));
    const summary = summarize(histogramOf(load), hlog);
    if (summary === null) throw new Error('expected samples');
    summaries[load] = { ...summary, verdict: 'valid' };
    trials.push({ ...trialOf(searched, 'latency', load * 1e4), latencyNs: summaries[load] });
  }
  const rates = [3e6, 3.1e6, 3.2e6];
  trials.push(...rates.map((pps) => trialOf(received, 'mrr', pps)));
  const [usual] = syntheticRun().results;
  if (usual === undefined) throw new Error('expected a result');
  const whole = { verdict: 'valid', reason: null, trialsDisturbed: 0, trust: null } as const;
  const resultOf = (trial: TrialRecord): CellResult => ({
    ...usual,
    ...whole,
    cell: trial.cell,
    loads: { intendedPps: trial.intendedPps, offeredPps: trial.offeredPps, receivedPps: trial.receivedPps },
    books: trial.books,
    cpu: trial.cpu,
  });
  const run: Run = {
    ...syntheticRun(),
    id: 'sound-fixture',
    results: [
      {
        ...resultOf(trialOf(searched, 'search', 1e6)),
        throughput: { pps: 1e6, gbps: layer1Gbps(1e6, 64), lowerPps: 1e6, upperPps: 2e6 },
        latencyNs: summaries,
        trials: 4,
      },
      {
        ...resultOf(trialOf(received, 'mrr', 3.1e6)),
        throughput: { pps: 3.1e6, gbps: layer1Gbps(3.1e6, 64), lowerPps: 3.1e6, upperPps: null },
        figures: { method: 'mrr', source: 'made up', receivedPps: rates, summary: repeats(rates) },
        latencyNs: {},
        trials: 3,
      },
    ],
    ...part,
  };
  await archive.writeFacts(syntheticFacts().map((host) => ({ ...host, gitDirty: false, ...facts })));
  await archive.writeProfile('schema: profile/1\nname: made-up\n');
  for (const trial of trials) await archive.appendTrial(trial);
  await archive.log({ level: 'info', message: 'made up' });
  await archive.saveRun(run);
  await archive.finish();
  return run;
}

function cellOf(method: Cell['method']): Cell {
  return { dataplane: 'netvm', isolation: 'process', nfs: ['forward'], frameSizeBytes: 64, method };
}

function histogramOf(load: number) {
  const histogram = emptyHistogram();
  for (let i = 0; i < 1000; i++) histogram.recordValue(1000 * load + 10 * i);
  return histogram;
}

function hlogOf(load: number): string {
  return toHlog(histogramOf(load), { startMs: 0, durationMs: 1000, comments: ['made up'] });
}

function trialOf(cell: Cell, purpose: TrialRecord['purpose'], pps: number): TrialRecord {
  return {
    cell,
    purpose,
    intendedPps: pps,
    offeredPps: pps,
    receivedPps: pps,
    durationNs: 1e9,
    lossRatio: 0,
    lostInGaps: 0,
    verdict: 'valid',
    reason: null,
    books: { sent: pps, received: pps, drops: {}, inFlight: 0, duplicates: 0, reordered: 0 },
    gaps: [],
    gapNs: { generator: 0, device: 0 },
    latencyNs: null,
    cpu: null,
  };
}
