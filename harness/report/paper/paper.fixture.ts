import type { Cell, CellResult, LatencySummary, Provenance, Run, TrialRecord } from '../../model/run.ts';
import { layer1Gbps, lineRatePps } from '../../model/units.ts';
import { syntheticFacts, syntheticRun } from '../../store/fixture.ts';
import { cellRows, type CellRow, type RunSource } from '../source.ts';

/** A made-up cell of a made-up run: for tests of verdicts, which follow from these figures and nothing else. */
export interface MadeUp {
  readonly dataplane: string;
  readonly nfs: number;
  readonly frameSizeBytes?: number;
  /** `full` fills the wire of 10 Gbit/s. */
  readonly mpps: number | 'full';
  readonly verdict?: CellResult['verdict'];
  readonly reason?: string;
  readonly provenance?: Provenance;
  readonly hugePageSizeBytes?: number;
  readonly isolation?: string;
  readonly trustDomains?: number;
  /** Of ten trials: this many cycles a packet, each a little more than the one before. */
  readonly cycles?: number;
  readonly busyRatio?: number;
  readonly latencyNs?: number;
}

export function madeUpSource(cells: readonly MadeUp[], lineRateBps = 10e9): RunSource {
  const run: Run = {
    ...syntheticRun(),
    profile: { schema: 'profile/1', name: 'made-up', lineRateBps },
    results: cells.map((cell) => resultOf(cell)),
  };
  const trials = cells.flatMap((cell) => trialsOf(cell));
  return { ...emptySource, run, trials, facts: syntheticFacts() };
}

export function madeUpRows(cells: readonly MadeUp[], lineRateBps = 10e9): CellRow[] {
  return cellRows([madeUpSource(cells, lineRateBps)]);
}

const emptySource = { dir: '/nowhere', problems: [] } as unknown as RunSource;

function cellOf(made: MadeUp): Cell {
  const { dataplane, nfs, frameSizeBytes = 64, hugePageSizeBytes, trustDomains, isolation } = made;
  const cell = {
    ...{ dataplane, nfs: Array.from({ length: nfs }, () => 'forward'), frameSizeBytes, method: 'rfc2544' },
    isolation: isolation ?? (nfs === 0 ? 'none' : 'process'),
    ...(hugePageSizeBytes !== undefined && { hugePageSizeBytes }),
    ...(trustDomains !== undefined && { trustDomains }),
  };
  return cell as Cell;
}

function resultOf(made: MadeUp): CellResult {
  const cell = cellOf(made);
  const { mpps, verdict = 'valid', reason = null, provenance = 'measured-virtual', latencyNs } = made;
  const wire = lineRatePps(10e9, cell.frameSizeBytes);
  const pps = mpps === 'full' ? wire : mpps * 1e6;
  const upperPps = mpps === 'full' ? null : pps * 1.02;
  const throughput = { pps, gbps: layer1Gbps(pps, cell.frameSizeBytes), lowerPps: pps, upperPps };
  return {
    ...{ cell, provenance, verdict, reason, throughput: verdict === 'failed' ? null : throughput },
    latencyNs: latencyNs === undefined ? {} : { '10': summary(latencyNs), '50': summary(latencyNs * 1.5) },
    ...{ loads: null, books: null, cpu: null, trials: 10, trialsDisturbed: 0, coreRoundTripNs: null },
  };
}

function summary(p50: number): LatencySummary {
  const { samples, hlog } = { samples: 1000, hlog: 'latency/made-up.hlog' };
  return { samples, min: p50 / 2, p50, p90: p50 * 2, p99: p50 * 4, p999: p50 * 8, max: p50 * 20, hlog };
}

function trialsOf(made: MadeUp): TrialRecord[] {
  const { cycles, busyRatio = 0.95 } = made;
  if (cycles === undefined) return [];
  const pps = 1e6;
  return Array.from({ length: 10 }, (_, i): TrialRecord => {
    const cpu = { cores: [1], busyRatio, cyclesPerPacket: cycles * (1 + i / 200) };
    const none = {
      lossRatio: 0,
      lostInGaps: 0,
      gaps: [],
      gapNs: { generator: 0, device: 0 },
      latencyNs: null,
    };
    return {
      ...{ cell: cellOf(made), purpose: 'mrr', intendedPps: 0, offeredPps: pps, receivedPps: pps },
      ...{ durationNs: 1e8, verdict: 'valid', reason: null, cpu, ...none },
      books: { sent: 1e5, received: 1e5, drops: {}, inFlight: 0, duplicates: 0, reordered: 0 },
    };
  });
}
