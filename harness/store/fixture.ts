import type { Cell, CellResult, HostFacts, LatencySummary, Run, TrialRecord } from '../model/run.ts';
import { layer1Gbps, lineRatePps } from '../model/units.ts';
import { createArchive } from './archive.ts';

/**
 * A made-up run for the tests of archive and report. Its figures come from a formula, its provenance is `modelled`,
 * and nothing but tests may import it. It has a cell of every kind: valid, at the wire's rate, disturbed, failed.
 */
export function syntheticRun(): Run {
  return {
    schema: 'run/1',
    id: 'synthetic-fixture',
    startedAt: '2000-01-01T00:00:00.000Z',
    finishedAt: '2000-01-01T00:03:00.000Z',
    status: 'complete',
    command: './netvm quickstart',
    testbed: 'local',
    profile: { schema: 'profile/1', name: 'synthetic', lineRateBps: 10e9 },
    generator: {
      name: 'native',
      version: '0.1.0',
      ceilingPps: 20_100_000,
      ceilingRunsPps: [20_400_000, 20_100_000, 19_700_000],
      coreRoundTripNs: 55,
      wireLatencyNs: [10, 50, 90].map((loadPercent) => ({
        frameSizeBytes: 64,
        loadPercent,
        intendedPps: (lineRatePps(10e9, 64) * loadPercent) / 100,
        latencyNs: latencyAt(950, loadPercent, loadPercent === 90),
      })),
    },
    clock: {
      invariant: true,
      tscHz: 2.6e9,
      programsTscHz: 2.6e9,
      skewNs: -12,
      skewWithinNs: 28,
      faults: [],
    },
    estimatedMs: 170_000,
    elapsedMs: 180_000,
    jitter: [
      { core: 0, durationNs: 2e9, gaps: 412, gapNsTotal: 14_200_000, gapNsMax: 1_900_000 },
      { core: 1, durationNs: 2e9, gaps: 388, gapNsTotal: 11_800_000, gapNsMax: 1_200_000 },
    ],
    results: [64, 1518].flatMap((frameSizeBytes) => [
      ...chains.map((nfs) => syntheticResult({ dataplane: 'netvm', nfs, frameSizeBytes })),
      ...chains.map((nfs) => syntheticResult({ dataplane: 'vhost-user', nfs, frameSizeBytes })),
      syntheticResult({ dataplane: 'forwarder', nfs: [], frameSizeBytes }),
    ]),
  };
}

/** Two search trials a cell that has a throughput: one without loss, one with. */
export function syntheticTrials(run: Run): TrialRecord[] {
  return run.results.flatMap((result) => {
    if (result.throughput === null) return [];
    const { lowerPps, upperPps } = result.throughput;
    const clean = syntheticTrial(result.cell, lowerPps, {});
    if (upperPps === null) return [clean];
    return [
      clean,
      syntheticTrial(result.cell, upperPps, {
        [`${result.cell.dataplane}.ring.nf0`]: Math.min(1234, Math.floor(upperPps / 40)),
      }),
    ];
  });
}

export function syntheticFacts(): HostFacts[] {
  return [
    {
      host: 'synthetic-host',
      cpuModel: 'Synthetic CPU',
      cores: 2,
      microcode: '0x0',
      kernel: '6.1.0-synthetic',
      kernelCommandLine: 'quiet',
      mitigations: { meltdown: 'Not affected', spectre_v2: 'Mitigation: Retpolines' },
      governor: null,
      hypervisor: 'kvm',
      tscHz: 2.6e9,
      hugepages: { '2048kB': 1024 },
      memoryBytes: 24 * 2 ** 30,
      dpdkVersion: '22.11.0',
      nodeVersion: '26.0.0',
      gitCommit: '0000000000000000000000000000000000000000',
      gitDirty: true,
      gitChangesSha256: '0'.repeat(64),
      packageLockSha256: '0'.repeat(64),
    },
  ];
}

/** Writes an archive as the harness does, and finishes it. */
export async function writeSyntheticArchive(
  dir: string,
  run: Run = syntheticRun(),
  facts: readonly HostFacts[] = syntheticFacts(),
  trials: readonly TrialRecord[] = syntheticTrials(run),
): Promise<void> {
  const archive = await createArchive(dir);
  await archive.writeFacts(facts);
  for (const trial of trials) await archive.appendTrial(trial);
  await archive.writeLatency('synthetic', '#[Synthetic histogram log]\n');
  await archive.log({ level: 'info', message: 'synthetic' });
  await archive.saveRun(run);
  await archive.finish();
}

const chains = [
  ['forward'],
  ['forward', 'firewall', 'monitor'],
  ['forward', 'firewall', 'monitor', 'forward', 'forward'],
] as const;

function syntheticResult(part: Pick<Cell, 'dataplane' | 'nfs' | 'frameSizeBytes'>): CellResult {
  const isolation = part.dataplane === 'forwarder' ? 'none' : 'process';
  const cell: Cell = { ...part, isolation, method: 'rfc2544' };
  const length = cell.nfs.length;
  const failed = cell.dataplane === 'vhost-user' && cell.frameSizeBytes === 1518 && length === 5;
  const disturbed = cell.dataplane === 'vhost-user' && cell.frameSizeBytes === 64 && length === 5;
  if (failed)
    return {
      ...withoutFigures(cell),
      verdict: 'failed',
      reason: 'The switch did not start: synthetic reason.',
    };

  const wire = lineRatePps(10e9, cell.frameSizeBytes);
  const able = cell.dataplane === 'vhost-user' ? 6.1e6 / length ** 0.8 : 15.9e6 / Math.max(length, 1) ** 0.42;
  const pps = Math.min(wire, able);
  const throughput = {
    pps,
    gbps: layer1Gbps(pps, cell.frameSizeBytes),
    lowerPps: pps,
    upperPps: able >= wire ? null : pps * 1.03,
  };
  const base = cell.dataplane === 'vhost-user' ? 21_000 : 7_000;
  return {
    ...withoutFigures(cell),
    verdict: disturbed ? 'disturbed' : 'valid',
    reason: disturbed
      ? 'Packets were lost in gaps of the machine in 6 of 6 repeats: synthetic reason.'
      : null,
    throughput,
    latencyNs:
      cell.frameSizeBytes === 64
        ? Object.fromEntries(
            [10, 50, 90].map((load) => [
              String(load),
              latencyAt(base * (1 + length / 2), load, length === 5 && load === 90),
            ]),
          )
        : {},
    loads: { intendedPps: pps, offeredPps: pps, receivedPps: pps },
    books: booksOf(pps, {}),
    cpu: { cores: [1], busyRatio: 0.93, cyclesPerPacket: 2.6e9 / pps },
    trials: 9,
    trialsDisturbed: disturbed ? 6 : 1,
    coreRoundTripNs: { before: 55, after: length === 5 ? 310 : 58 },
    trust: {
      awayRatio: { generator: 0.0012, device: 0.0031 * length },
      stealNs: { generator: 0, device: disturbed ? 30e6 : 0 },
      sendLateOver10us: length === 5 ? 4_321 : 0,
      sendLateOver1ms: length === 5 ? 17 : 0,
      sendLateNsMax: length === 5 ? 1.3e6 : 900,
    },
    coreFrequencyHz: {
      before: { generator: 3.1e9, device: 3.2e9 },
      after: { generator: 3.1e9, device: 3.15e9 },
    },
  };
}

function withoutFigures(cell: Cell): CellResult {
  return {
    cell,
    provenance: 'modelled',
    verdict: 'valid',
    reason: null,
    throughput: null,
    latencyNs: {},
    loads: null,
    books: null,
    cpu: null,
    trials: 1,
    trialsDisturbed: 0,
    coreRoundTripNs: null,
  };
}

function latencyAt(baseNs: number, loadPercent: number, disturbed: boolean): LatencySummary {
  const p50 = baseNs * (1 + (loadPercent / 100) ** 3);
  return {
    samples: 50_000,
    min: Math.round(p50 * 0.4),
    p50: Math.round(p50),
    p90: Math.round(p50 * 1.6),
    p99: Math.round(p50 * 4),
    p999: Math.round(p50 * 19),
    max: Math.round(p50 * 60),
    hlog: 'latency/synthetic.hlog',
    verdict: disturbed ? 'disturbed' : 'valid',
    typicalNs: Math.round(p50),
    worstCaseNs: Math.round(p50 * 19),
    pdvNs: Math.round(p50 * 18.6),
  };
}

function syntheticTrial(cell: Cell, pps: number, drops: Record<string, number>): TrialRecord {
  const books = booksOf(pps, drops);
  return {
    cell,
    purpose: 'search',
    intendedPps: pps,
    offeredPps: pps,
    receivedPps: books.received * 4,
    durationNs: 250e6,
    lossRatio: books.sent === 0 ? 0 : (books.sent - books.received) / books.sent,
    lostInGaps: 0,
    verdict: 'valid',
    reason: null,
    books,
    gaps: [],
    gapNs: { generator: 0, device: 0 },
    latencyNs: null,
    cpu: null,
    trust: {
      awayRatio: { generator: 0, device: 0 },
      stealNs: null,
      sendLateOver10us: 0,
      sendLateOver1ms: 0,
      sendLateNsMax: 900,
    },
  };
}

function booksOf(pps: number, drops: Record<string, number>): CellResult['books'] & object {
  const sent = Math.round(pps / 4);
  const lost = Object.values(drops).reduce((sum, packets) => sum + packets, 0);
  return { sent, received: sent - lost, drops, inFlight: 0, duplicates: 0, reordered: 0 };
}
