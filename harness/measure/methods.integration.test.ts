import { describe, expect, test } from 'vitest';
import { programsOf } from '../dataplane/dataplane.ts';
import type { MethodFigures } from '../model/figures.ts';
import { silent } from '../model/progress.ts';
import type { DataplaneName, TrialRecord } from '../model/run.ts';
import type { OwnSettings } from '../profile/own-settings.ts';
import { withBench, type Bench } from './bench.ts';
import { measureCell, type MeasuredCell } from './cell.ts';
import { cell, memorySink, plan, searchMethod } from './doubles.fixture.ts';
import { benchOptions, withRealTestbed } from './testbed.fixture.ts';

const signal = new AbortController().signal;
/** A busy machine can take a core away for whole trials: then there is no figure, and it is tried again. */
const triesMax = 5;

type Own<N extends OwnSettings['method']> = Extract<OwnSettings, { readonly method: N }>;
type Figures<N extends OwnSettings['method']> = Extract<MethodFigures, { readonly method: N }>;

interface Measured<N extends OwnSettings['method']> {
  readonly figures: Figures<N>;
  readonly result: MeasuredCell;
  readonly trials: readonly TrialRecord[];
}

/** Measures a chain on the real testbed, with a quick and coarse search where the method needs one. */
async function measured<N extends OwnSettings['method']>(
  own: Own<N>,
  nfs: readonly string[] = ['forward'],
  look: (bench: Bench) => void = () => {},
  dataplane: DataplaneName = 'netvm',
): Promise<Measured<N>> {
  const method = {
    ...searchMethod('rfc2544', { trialDurationMs: 50, resolutionRatio: 0.3, maxRepeats: 2, drainMs: 100 }),
    name: own.method,
    own,
  };
  const planned = cell({ dataplane, nfs, method: own.method, measureLatency: false });
  const { profile } = plan([planned], { method });
  let last = '';
  for (let i = 0; i < triesMax; i++) {
    const archive = memorySink();
    const context = { profile, archive, progress: silent, signal };
    const result = await withRealTestbed((env) =>
      withBench(planned, benchOptions(env), async (bench) => {
        const done = await measureCell(planned, bench, context);
        look(bench);
        return done;
      }),
    );
    const trials = archive.trials.filter((trial) => trial.purpose === own.method);
    if (result.figures?.method === own.method)
      return { figures: result.figures as Figures<N>, result, trials };
    last = `${result.verdict}: ${result.reason}`;
  }
  throw new Error(`no figures of ${own.method} in ${triesMax} tries: ${last}`);
}

function expectClosed(trials: readonly TrialRecord[]): void {
  for (const { books, verdict } of trials) {
    if (verdict === 'unbalanced') continue;
    const dropped = Object.values(books.drops).reduce((sum, count) => sum + count, 0);
    expect(books.sent).toBe(books.received + dropped + books.inFlight);
  }
}

test('back-to-back: bursts of just so many frames, and a buffer no larger than is implied', async () => {
  const { figures, trials } = await measured({ method: 'back-to-back', repetitions: 2, longestBurstMs: 20 });
  expect(figures.bursts.length).toBeGreaterThan(0);
  expect(figures.summary.max).toBeLessThanOrEqual(figures.limitFrames);
  // Each burst that counts was sent, to the frame.
  const sent = new Set(trials.map((trial) => trial.books.sent));
  for (const frames of figures.bursts) if (frames > 0) expect(sent).toContain(frames);
  for (const { intendedPps } of trials) expect(intendedPps).toBeCloseTo(figures.maxTheoreticalPps, 0);
  if (figures.buffer !== null)
    expect(figures.buffer.correctedNs).toBeLessThanOrEqual(figures.buffer.impliedNs);
  expectClosed(trials);
});

test('frame loss: loads from the full wire downwards, none received beyond what was offered', async () => {
  const { figures, result, trials } = await measured({ method: 'frame-loss', stepRatio: 0.1 });
  const loads = figures.points.map((point) => point.loadPercent);
  expect(loads[0]).toBe(100);
  expect(loads).toEqual(loads.toSorted((a, b) => b - a));
  for (const { offeredPps, receivedPps, lossRatio, lossOutsideGapsRatio } of figures.points) {
    expect(receivedPps).toBeLessThanOrEqual(offeredPps);
    expect(lossOutsideGapsRatio).toBeLessThanOrEqual(lossRatio);
  }
  expect(result.throughput).toBeNull();
  expectClosed(trials);
});

test('soak: as many seconds as it lasts, and bounds above what was seen', async () => {
  const load = { kind: 'rate', pps: 50_000 } as const;
  const { figures, trials } = await measured({ method: 'soak', durationMs: 2_000, load, confidence: 0.95 });
  expect(figures.lostBySecond).toHaveLength(2);
  expect(figures.lossRatioBelow).toBeGreaterThan(
    Math.max(0, figures.lost - figures.lostInGaps) / figures.sent,
  );
  expect(figures.longestLossFreeNs).toBeLessThanOrEqual(figures.durationNs);
  expect(trials).toHaveLength(1);
  expectClosed(trials);
});

test('mrr: what came back of a full wire, trial by trial', async () => {
  const { figures, result, trials } = await measured({ method: 'mrr', trials: 3 });
  expect(figures.receivedPps).toHaveLength(3);
  const { min, mean, max } = figures.summary;
  expect([min, mean, max]).toEqual([min, mean, max].toSorted((a, b) => a - b));
  expect(result.throughput?.pps).toBe(mean);
  expectClosed(trials);
});

test('recovery: two rates in one trial, and no loss counted beyond its end', async () => {
  const { figures, trials } = await measured({
    method: 'recovery',
    repetitions: 2,
    overloadRatio: 1.1,
    overloadDurationMs: 300,
    reductionRatio: 0.5,
    watchMs: 300,
  });
  expect(figures.reducedPps).toBeCloseTo(figures.overloadPps / 2, 0);
  expect(figures.recoveryNs.length).toBeGreaterThan(0);
  for (const { intendedPps, durationNs } of trials) {
    expect(intendedPps).toBeCloseTo(figures.overloadPps * 0.75, -1);
    for (const recoveryNs of figures.recoveryNs) expect(recoveryNs).toBeLessThanOrEqual(durationNs);
  }
  expectClosed(trials);
});

test('reset of an NF: it is another process afterwards, and its outage is in the books', async () => {
  const chain = ['forward', 'firewall', 'monitor'];
  const alive: boolean[] = [];
  const own = { method: 'reset', repetitions: 2, loadRatio: 0.5, watchMs: 2_000, target: 'nf' } as const;
  const { figures, trials } = await measured(own, chain, ({ dataplane }) => {
    alive.push(...dataplane.nfs.map((nf) => nf.child.status === null));
  });
  expect(figures.target).toBe('nf0-forward');
  expect(alive.slice(-3)).toEqual([true, true, true]);
  expect(figures.lostInOutage).toHaveLength(2);
  for (const lost of figures.lostInOutage) expect(lost).toBeGreaterThan(0);
  for (const { books } of trials) expect(books.drops['netvmd.chain_down']).toBeGreaterThan(0);
  expectClosed(trials);
});

describe.each<DataplaneName>(['netvm', 'vhost-user', 'sriov', 'forwarder'])(
  'reset of all of %s',
  (dataplane) => {
    test('other processes serve the wire afterwards, and what the dead ones held is in the books', async () => {
      const nfs = dataplane === 'forwarder' ? [] : ['forward', 'firewall', 'monitor'];
      const pids: number[] = [];
      const own = {
        method: 'reset',
        repetitions: 2,
        loadRatio: 0.5,
        watchMs: 5_000,
        target: 'dataplane',
      } as const;
      const look = ({ dataplane: running, deviceTelemetry }: Bench) => {
        const all = programsOf(running);
        // Of the last try alone.
        pids.splice(0, pids.length, ...all.map(({ child }) => child.pid));
        expect(all.every(({ child }) => child.status === null)).toBe(true);
        // The first ones, and those of two resets.
        expect(deviceTelemetry.length % 3).toBe(0);
      };
      const { figures, trials } = await measured(own, nfs, look, dataplane);
      const target = nfs.length === 0 ? /^netvmd$/ : /^netvm.* and its 3 NFs$/;
      expect(figures.target).toMatch(dataplane === 'sriov' ? /^3 NFs on virtual functions$/ : target);
      expect(pids).toHaveLength(nfs.length + (dataplane === 'sriov' ? 0 : 1));
      expect(figures.frameLossNs).toHaveLength(2);
      // Nobody has room for the packets that come meanwhile. What dies with the data plane is bounded, or the books would not close.
      for (const { books } of trials) expect(books.drops['wire.full']).toBeGreaterThan(0);
      for (const restartNs of figures.restartNs) expect(restartNs).toBeLessThan(5e9);
      expectClosed(trials);
    });
  },
);
