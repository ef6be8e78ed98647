import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { MethodFigures } from '../model/figures.ts';
import type { Service } from '../dataplane/dataplane.ts';
import { silent } from '../model/progress.ts';
import type { MethodName } from '../model/run.ts';
import { lineRatePps } from '../model/units.ts';
import { eventKind } from '../native/telemetry.ts';
import type { OwnSettings } from '../profile/own-settings.ts';
import type { TrialRequest } from '../traffic/generator.ts';
import { measureCell } from './cell.ts';
import {
  bufferFrames,
  cell,
  fakeBench,
  FakeTelemetry,
  memorySink,
  plan,
  type FakeBench,
} from './doubles.fixture.ts';

const linePps = lineRatePps(10e9, 64);
const firstTsc = 1_000_000;

interface Setting {
  readonly capacityPps?: number;
  readonly own: OwnSettings;
  readonly during?: (bench: FakeBench, trial: number) => void;
  readonly resetNf?: (bench: FakeBench) => Promise<void>;
  readonly resetDevice?: (bench: FakeBench, stop: AbortSignal) => Promise<void>;
  readonly service?: Service;
  /** Before a trial is answered. */
  readonly beforeTrial?: (request: TrialRequest) => Promise<void>;
}

/** Measures one cell by a method on a device that can do so much. */
async function measured({ capacityPps = 8e6, own, during, ...setting }: Setting) {
  const { resetNf, resetDevice, service, beforeTrial } = setting;
  const archive = memorySink();
  const planned = cell({ method: own.method, measureLatency: false });
  const { profile } = plan([planned]);
  const fake = fakeBench(planned, capacityPps, during);
  const dataplane = { ...fake.dataplane, service, ...(resetNf && { resetNf: () => resetNf(fake) }) };
  const generator = {
    ...fake.generator,
    trial: async (request: TrialRequest, signal: AbortSignal) => {
      await beforeTrial?.(request);
      return fake.generator.trial(request, signal);
    },
  };
  const method = { ...profile.method, name: own.method, own };
  const reset = resetDevice && { resetDevice: (stop: AbortSignal) => resetDevice(fake, stop) };
  const result = await measureCell(
    planned,
    { ...fake, generator, dataplane, ...reset },
    { profile: { ...profile, method }, archive, progress: silent, signal: new AbortController().signal },
  );
  const of = (purpose: MethodName) => archive.trials.filter((trial) => trial.purpose === purpose);
  return { result, trials: of(own.method), requests: fake.requests };
}

function figures<N extends MethodFigures['method']>(result: { readonly figures?: MethodFigures }, method: N) {
  if (result.figures?.method !== method) throw new Error(`no figures of ${method}`);
  return result.figures as Extract<MethodFigures, { readonly method: N }>;
}

/** A hole in the sequence, in ms from the first packet on. */
function hole(bench: FakeBench, startMs: number, endMs: number, count: number): void {
  const at = (ms: number) => BigInt(Math.round(firstTsc + ms * 1e6));
  const event = { kind: eventKind.sequenceLoss, startTsc: at(startMs), endTsc: at(endMs), count, aux: 0 };
  bench.generatorTelemetry.log.push(event);
}

/** A time in which the device's core was away, in ms from the first packet on. */
function gap(bench: FakeBench, startMs: number, endMs: number): void {
  const at = (ms: number) => BigInt(Math.round(firstTsc + ms * 1e6));
  bench.device.log.push({ kind: eventKind.gap, startTsc: at(startMs), endTsc: at(endMs), count: 0, aux: 1 });
}

const isOf = (bench: FakeBench, durationMs: number) => bench.requests.at(-1)?.durationMs === durationMs;

describe('mrr', () => {
  test('so many trials of a full wire; their mean is the rate', async () => {
    const { result, trials } = await measured({ own: { method: 'mrr', trials: 4 } });
    expect(trials).toHaveLength(4);
    expect(trials.every((trial) => trial.intendedPps === linePps)).toBe(true);
    expect(result).toMatchObject({ verdict: 'valid', throughput: { pps: 8e6, upperPps: null } });
    expect(figures(result, 'mrr')).toMatchObject({
      source: expect.stringContaining('CSIT') as string,
      receivedPps: [8e6, 8e6, 8e6, 8e6],
      summary: { count: 4, mean: 8e6, stdev: 0 },
    });
  });

  test('a dead NF ends it', async () => {
    const died = measured({
      own: { method: 'mrr', trials: 4 },
      during: (bench, trial) => {
        if (trial === 2) bench.nf.status = { code: null, signal: 'SIGKILL' };
      },
    });
    const { result, trials } = await died;
    expect(trials).toHaveLength(2);
    expect(result).toMatchObject({ verdict: 'nf-died', throughput: null });
  });
});

describe('back-to-back', () => {
  const own = { method: 'back-to-back', repetitions: 5, longestBurstMs: 100 } as const;

  test('bursts at the rate of the wire; corrected by the throughput of the cell, they tell the buffer', async () => {
    const { result, trials, requests } = await measured({ own });
    const found = figures(result, 'back-to-back');
    const exact = bufferFrames / (1 - 8e6 / linePps);
    expect(found.source).toMatch(/RFC 2544 section 26\.4.*RFC 9004/);
    expect(found.bursts).toHaveLength(5);
    for (const frames of found.bursts) {
      expect(frames).toBeLessThanOrEqual(exact + 2);
      expect(frames).toBeGreaterThan(exact * 0.97);
    }
    const { throughputPps = 0, correctedNs = 0, impliedNs = 0 } = found.buffer ?? {};
    expect(throughputPps).toBe(result.throughput?.pps);
    expect(impliedNs).toBeCloseTo((found.summary.mean / linePps) * 1e9);
    expect(correctedNs).toBeCloseTo(impliedNs * (1 - throughputPps / linePps));
    expect(trials.every((trial) => trial.intendedPps === linePps)).toBe(true);
    expect(requests.filter((request) => request.packets !== undefined)).toHaveLength(trials.length);
  });

  test('a device that keeps up shows nothing of its buffer, and is not asked again', async () => {
    const { result } = await measured({ capacityPps: 20e6, own });
    const { bursts, buffer, limitFrames } = figures(result, 'back-to-back');
    expect(limitFrames).toBe(Math.floor(linePps / 10));
    expect([bursts, buffer]).toEqual([[limitFrames], null]);
  });

  test('a cell without a throughput has no burst', async () => {
    const { result } = await measured({ capacityPps: 1_000, own });
    expect(result.figures).toBeUndefined();
    expect(result.reason).toMatch(/lost even at the lowest load/);
  });

  test('bursts that gaps disturbed again and again leave the throughput, and say why there is no burst', async () => {
    const { result } = await measured({
      own,
      during: (bench) => {
        const { packets } = bench.requests.at(-1) ?? {};
        if (packets === undefined) return;
        bench.device.add('drop.unnamed', 1);
      },
    });
    expect(result).toMatchObject({
      verdict: 'unbalanced',
      throughput: { pps: expect.any(Number) as number },
    });
    expect(result.reason).toMatch(/books do not close/);
    expect(result.figures).toBeUndefined();
  });
});

describe('frame-loss', () => {
  test('loss by load until two loads lose nothing; no throughput', async () => {
    const { result, trials } = await measured({ own: { method: 'frame-loss', stepRatio: 0.1 } });
    const { points, source } = figures(result, 'frame-loss');
    expect(source).toBe('RFC 2544 section 26.3');
    expect(points.map((point) => point.loadPercent)).toEqual([100, 90, 80, 70, 60, 50, 40]);
    expect(points.slice(-2).map((point) => point.lossRatio)).toEqual([0, 0]);
    expect(points[0]?.lossRatio).toBeCloseTo(1 - 8e6 / linePps);
    expect(trials).toHaveLength(points.length);
    expect(result).toMatchObject({ verdict: 'valid', reason: null, throughput: null });
    expect(result.loads?.intendedPps).toBeCloseTo(linePps / 2);
  });
});

describe('soak', () => {
  const own = { method: 'soak', durationMs: 10_000, confidence: 0.95 } as const;

  test('at a share of the throughput, second by second', async () => {
    const { result, trials } = await measured({
      own: { ...own, load: { kind: 'share', ratio: 0.5 } },
      during: (bench) => {
        if (!isOf(bench, 10_000)) return;
        hole(bench, 3_200, 3_201, 40);
        bench.device.add('drop.ring', 0);
      },
    });
    const found = figures(result, 'soak');
    expect(trials).toHaveLength(1);
    expect(found.intendedPps).toBeCloseTo((result.throughput?.pps ?? 0) / 2);
    expect(found.lostBySecond).toEqual([0, 0, 0, 40, 0, 0, 0, 0, 0, 0]);
    expect(found.longestLossFreeNs).toBeCloseTo(6.799e9, -4);
    expect(found.lossySecondsRatioBelow).toBeGreaterThan(0.1);
    expect(found.lossRatioBelow * found.sent).toBeCloseTo(3, 1);
  });

  test('at a given rate nothing is searched for', async () => {
    const { result, requests } = await measured({ own: { ...own, load: { kind: 'rate', pps: 1e6 } } });
    // One for the self-check, one for the soak.
    expect(requests.map((request) => request.pps)).toEqual([10_000, 1e6]);
    expect(result).toMatchObject({ verdict: 'valid', throughput: null });
    expect(figures(result, 'soak')).toMatchObject({ intendedPps: 1e6, lost: 0 });
  });
});

describe('recovery', () => {
  const own = {
    method: 'recovery',
    repetitions: 3,
    overloadRatio: 1.1,
    overloadDurationMs: 2_000,
    reductionRatio: 0.5,
    watchMs: 500,
  } as const;

  test('an overload, then half of it without a pause; the last packet lost after that counts', async () => {
    let repetition = 0;
    let full = 0;
    const { result, requests } = await measured({
      own,
      during: (bench) => {
        const { thenPps = 0 } = bench.requests.at(-1) ?? {};
        const lost = Number(bench.generatorTelemetry.values.get('drop.wire.full') ?? 0n) - full;
        full += lost;
        if (thenPps === 0) return;
        hole(bench, 10, 1_999, lost - 11);
        // The last of these 11 was meant to be sent a millisecond after the reduction, and more with each repetition.
        hole(bench, 2_001 + repetition++ - 10e3 / thenPps, 2_010, 11);
      },
    });
    const found = figures(result, 'recovery');
    const throughputPps = result.throughput?.pps ?? 0;
    expect(found.source).toBe('RFC 2544 section 26.5');
    expect(found.overloadPps).toBeCloseTo(throughputPps * 1.1);
    expect(found.reducedPps).toBeCloseTo(found.overloadPps / 2);
    expect(found.recoveryNs.map((ns) => Math.round(ns / 1e5) / 10)).toEqual([1, 2, 3]);
    expect(found.lostAfterReduction).toEqual([11, 11, 11]);
    expect(found.summary.mean).toBeCloseTo(2e6, -2);
    expect(found.overloadLossRatio.every((ratio) => ratio > 0)).toBe(true);
    expect(requests.filter((request) => request.thenPps !== undefined)).toHaveLength(3);
  });

  test('the wire bounds the overload: a device that keeps up cannot be overloaded', async () => {
    const { result } = await measured({ capacityPps: 20e6, own });
    expect(figures(result, 'recovery')).toMatchObject({
      overloadPps: linePps,
      recoveryNs: [0, 0, 0],
      overloadLossRatio: [0, 0, 0],
    });
  });
});

describe('reset', () => {
  const own = { method: 'reset', repetitions: 2, loadRatio: 0.5, watchMs: 300, target: 'nf' } as const;
  const lose = (startMs: number, endMs: number) => (bench: FakeBench) => {
    if (!isOf(bench, 300)) return;
    hole(bench, startMs, endMs, 1_000);
    hole(bench, 20, 20.1, 3);
  };

  test('kills and restarts the first NF; the largest outage tells by packets and by time', async () => {
    let kills = 0;
    const resetNf = () => Promise.resolve(void kills++);
    const { result, trials } = await measured({ own, during: lose(100, 180), resetNf });
    const found = figures(result, 'reset');
    expect([kills, trials.length]).toEqual([2, 2]);
    expect(found.source).toMatch(/^RFC 6201/);
    expect(found.target).toBe('nf0-forward');
    expect(found.lostInOutage).toEqual([1_000, 1_000]);
    expect(found.frameLossNs[0]).toBeCloseTo((1_000 / found.offeredPps) * 1e9, -1);
    expect(found.timestampNs[0]).toBeCloseTo(80e6, -1);
  });

  test('an NF that has not come back when the trial ends has no reset time', async () => {
    const resetNf = () => Promise.resolve();
    const { result } = await measured({ own, during: lose(100, 300), resetNf });
    expect(result).toMatchObject({ verdict: 'failed', throughput: { pps: expect.any(Number) as number } });
    expect(result.reason).toMatch(/had not come back.*raise method\.watch/);
    expect(result.figures).toBeUndefined();
  });

  test('no loss at all is no reset either', async () => {
    const { result } = await measured({ own, resetNf: () => Promise.resolve() });
    expect(result).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(/no packet was lost/) as string,
    });
  });

  test('a log of losses that begins after the reset has no reset time, and no loss is not claimed', async () => {
    // As the segment reads where more was logged than it has room for.
    const during = (bench: FakeBench) => {
      if (!isOf(bench, 300)) return;
      hole(bench, 200, 200.1, 3);
      const { log } = bench.generatorTelemetry;
      bench.generatorTelemetry.events = () => ({ events: log.slice(-1), next: 1n, missed: 5 });
    };
    const { result } = await measured({ own, during, resetNf: () => Promise.resolve() });
    expect(result).toMatchObject({ verdict: 'failed' });
    expect(result.reason).toMatch(/^The log of losses had no room for the time of the reset/);
    expect(result.figures).toBeUndefined();
  });

  test('of a whole data plane: what its processes held is in the books as killed', async () => {
    let kills = 0;
    const resetDevice = () => Promise.resolve(void kills++);
    const during = (bench: FakeBench) => {
      lose(100, 180)(bench);
      if (!isOf(bench, 300)) return;
      // As on a bench: segments of new processes are added to those of the dead, in mid-trial.
      bench.device.add('inflight.chain', 7);
      (bench.deviceTelemetry as FakeTelemetry[]).push(new FakeTelemetry());
      bench.unaccounted = 250;
    };
    const { result, trials } = await measured({ own: { ...own, target: 'dataplane' }, during, resetDevice });
    const found = figures(result, 'reset');
    expect(found.source).toContain('RFC 6201 section 4.2.2 (process reset, of every process)');
    expect(kills).toBe(2);
    expect(found.target).toBe('host and its NF');
    expect(trials.map(({ books }) => [books.drops['dataplane.killed'], books.inFlight])).toEqual([
      [250, 0],
      [250, 0],
    ]);
    expect(result.verdict).toBe('valid');
  });

  test('a generator that dies calls the restart off, and nothing of it goes on afterwards', async () => {
    const began = Promise.withResolvers<void>();
    const order: string[] = [];
    const beforeTrial = async ({ durationMs }: TrialRequest) => {
      if (durationMs !== 300) return;
      await began.promise;
      order.push('generator died');
      throw new Error('netvm-gen was killed by SIGKILL');
    };
    const resetDevice = async (_: FakeBench, stop: AbortSignal) => {
      began.resolve();
      await once(stop, 'abort');
      // As a data plane that was coming up is put down again.
      await nextTurn();
      order.push('restart over');
    };
    const measuring = measured({ own: { ...own, target: 'dataplane' }, beforeTrial, resetDevice });
    await expect(measuring).rejects.toThrow('netvm-gen was killed');
    expect(order).toEqual(['generator died', 'restart over']);
  });

  test('a data plane that cannot take an NF back is refused', async () => {
    await expect(measured({ own })).rejects.toThrow(/netvm has no NF that can be killed and brought back/);
  });
});

describe('scaling', () => {
  const own: OwnSettings = {
    method: 'scaling',
    repetitions: 2,
    load: { kind: 'rate', pps: 1e6 },
    watchMs: 100,
  };
  /** As long as the steps take. */
  const slow = { beforeTrial: () => sleep(4 * own.watchMs) };

  test('adds, takes away and replaces an instance in one trial, and says what each took', async () => {
    const service = new FakeService();
    const { result, trials } = await measured({ own, service, ...slow });
    expect(service.done).toEqual([...['add', 'remove', 'replace'], ...['add', 'remove', 'replace']]);
    expect(trials.map(({ intendedPps }) => intendedPps)).toEqual([1e6, 1e6]);
    expect(result).toMatchObject({ verdict: 'valid', throughput: null });
    const found = figures(result, 'scaling');
    expect(found.steps.map(({ step, instances }) => [step, instances])).toEqual([
      ['steady', 1],
      ['scale-out', 2],
      ['scale-in', 1],
      ['replace', 1],
    ]);
    for (const [i, { atNs, lost }] of found.steps.entries()) {
      for (const [k, at] of atNs.entries()) expect(at).toBeGreaterThan(found.steps[i - 1]?.atNs[k] ?? -1);
      expect(lost).toEqual([0, 0]);
    }
    expect(found.summary.count).toBe(6);
    expect([found.sent, found.lost, found.duplicates]).toEqual([
      [4e5, 4e5],
      [0, 0],
      [0, 0],
    ]);
    // The first one was there before the second repetition began, where the third is the oldest.
    expect(found.instances.map(({ name }) => name)).toEqual([
      'nf0-forward.1',
      'nf0-forward.2',
      'nf0-forward.3',
    ]);
    for (const { receivedPps } of found.instances) {
      expect(receivedPps).toHaveLength(2);
      for (const rates of receivedPps) expect(rates.some((pps) => (pps ?? 0) > 0)).toBe(true);
    }
    expect(found.instances[0]?.receivedPps[0]?.at(-1)).toBeNull();
  });

  test('a pass in which the machine took a core away for its losses is taken again, so often as the profile says', async () => {
    const during = (bench: FakeBench, trial: number) => {
      if (trial === 0 || trial > 3) return;
      bench.generatorTelemetry.add('drop.wire.full', 5);
      bench.unaccounted = 5;
      hole(bench, 51, 52, 5);
      gap(bench, 50, 60);
    };
    const service = new FakeService();
    const { result, trials } = await measured({ own, service, during, ...slow });
    // Each repetition is allowed two more: the first one stayed disturbed.
    expect(trials.map(({ verdict }) => verdict)).toEqual(['disturbed', 'disturbed', 'disturbed', 'valid']);
    expect(result).toMatchObject({ verdict: 'disturbed', trials: 4 });
    expect(figures(result, 'scaling').lost).toEqual([5, 0]);
  });

  test('what is lost belongs to a step, and is never more than the books have', async () => {
    // The first trial is the check that packets pass at all.
    const during = (bench: FakeBench, trial: number) => {
      if (trial !== 2) return;
      bench.generatorTelemetry.add('drop.wire.full', 5);
      bench.unaccounted = 5;
      hole(bench, 250, 251, 50);
    };
    const { result } = await measured({ own, service: new FakeService(), during, ...slow });
    const found = figures(result, 'scaling');
    expect(found.lost).toEqual([0, 5]);
    const bySteps = [0, 1].map((i) => found.steps.reduce((sum, { lost }) => sum + (lost[i] ?? 0), 0));
    expect(bySteps).toEqual([0, 5]);
  });

  test('a step that fails ends the cell with its reason, and is over when that is told', async () => {
    const service = new FakeService();
    service.failing = 'remove';
    await expect(measured({ own, service, ...slow })).rejects.toThrow('no remove here');
    expect(service.done).toEqual(['add']);
    service.failing = 'received';
    await expect(measured({ own, service, ...slow })).rejects.toThrow('no received here');
    await expect(measured({ own })).rejects.toThrow('netvm has no service that could be scaled');
  });

  test('with a share it searches first, and its load is that share of what was found', async () => {
    const share = { ...own, repetitions: 1, load: { kind: 'share', ratio: 0.5 } } as const;
    const { result, trials } = await measured({ own: share, service: new FakeService(), capacityPps: 8e6 });
    expect(result.throughput?.pps).toBeGreaterThan(7e6);
    expect(trials[0]?.intendedPps).toBeCloseTo((result.throughput?.pps ?? 0) / 2);
  });
});

/** Each instance that is there takes a packet more whenever it is asked. */
class FakeService implements Service {
  readonly name = 'nf0-forward';
  readonly done: string[] = [];
  failing = '';
  #started = 1;
  #counts = new Map([['nf0-forward.1', 0]]);

  get size() {
    return this.#counts.size;
  }
  async #change(what: string, change: () => void) {
    if (this.failing === what) throw new Error(`no ${what} here`);
    change();
    this.done.push(what);
  }
  #join = () => void this.#counts.set(`nf0-forward.${++this.#started}`, 0);
  #leave = () => void this.#counts.delete([...this.#counts.keys()][0] ?? '');
  add() {
    return this.#change('add', this.#join);
  }
  remove() {
    return this.#change('remove', this.#leave);
  }
  replace() {
    return this.#change('replace', () => {
      this.#join();
      this.#leave();
    });
  }
  async received() {
    if (this.failing === 'received') throw new Error('no received here');
    for (const [name, count] of this.#counts) this.#counts.set(name, count + 1);
    return new Map(this.#counts);
  }
}
