import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventKind, type TelemetryEvent } from '../native/telemetry.ts';
import { report } from './doubles.fixture.ts';
import { attributeLoss } from './gaps.ts';
import { overlapNs, totalNs, touches, union } from './intervals.ts';

// A clock of 1 GHz: a tick is a nanosecond. The first packet leaves at 1 ms, the trial lasts 100 ms.
const firstSendTsc = 1_000_000;
const clock = { tscHz: 1e9, firstSendTsc, lastSendTsc: 101_000_000, drainMs: 10 };
const pace = { intendedPps: 7.44e6, wirePps: 14.88e6 };
const ms = 1_000_000;

function event(kind: keyof typeof eventKind, startNs: number, endNs: number, count = 0): TelemetryEvent {
  const tsc = (ns: number) => BigInt(firstSendTsc + ns);
  return { kind: eventKind[kind], startTsc: tsc(startNs), endTsc: tsc(endNs), count, aux: 0 };
}

const lossy = (wireFull: number, others = 0) =>
  report({ sent: 100_000, received: 100_000 - wireFull - others, lost: wireFull + others, wireFull });

describe('loss is put down to a gap', () => {
  test('while the gap is open, and while its backlog drains', () => {
    const device = [event('gap', 10 * ms, 11 * ms)];
    const generator = [
      event('wireFull', 10.5 * ms, 10.6 * ms, 100),
      event('wireFull', 15 * ms, 15.1 * ms, 20),
      event('wireFull', 50 * ms, 50.1 * ms, 3),
    ];
    // Of 1 ms half a ring (0.55 ms at this load) is hidden; the rest drains at a tenth of the load: until 15.5 ms.
    const { lostInGaps, gaps, gapNs } = attributeLoss(lossy(123), { generator, device }, clock, pace);
    expect(lostInGaps).toBe(120);
    expect(gaps).toEqual([{ where: 'device', startNs: 10 * ms, durationNs: ms }]);
    expect(gapNs).toEqual({ generator: 0, device: ms });
  });

  test('while the generator catches up, at the wire rate', () => {
    const wide = { intendedPps: 14e6, wirePps: 14.88e6 };
    const gap = event('gap', 10 * ms, 11 * ms);
    const late = event('wireFull', 24 * ms, 24.1 * ms, 100);
    expect(attributeLoss(lossy(100), { generator: [gap, late], device: [] }, clock, wide).lostInGaps).toBe(
      100,
    );
    expect(attributeLoss(lossy(100), { generator: [late], device: [gap] }, clock, wide).lostInGaps).toBe(0);
  });

  test('not to gaps that a ring takes up, however many, as long as a device with headroom keeps up', () => {
    const generator = [event('wireFull', 90 * ms, 90.01 * ms, 100)];
    const every = (apartNs: number, lengthNs: number) =>
      Array.from({ length: 90 }, (_, i) => event('gap', i * apartNs, i * apartNs + lengthNs));
    const shares = (device: TelemetryEvent[]) =>
      attributeLoss(lossy(100), { generator, device }, clock, pace).lostInGaps;
    expect(shares(every(ms, 80_000))).toBe(0);
    // A fifth of the time is more than the tenth of headroom makes up for.
    expect(shares(every(ms, 200_000))).toBe(100);
  });

  test('but not to one that a ring takes up, nor to one after it', () => {
    const generator = [event('wireFull', 10 * ms, 10.01 * ms, 100)];
    const logged = (gap: TelemetryEvent) => ({ generator, device: [gap] });
    expect(attributeLoss(lossy(100), logged(event('gap', 10 * ms, 10.04 * ms)), clock, pace).lostInGaps).toBe(
      0,
    );
    expect(attributeLoss(lossy(100), logged(event('gap', 10.1 * ms, 12 * ms)), clock, pace).lostInGaps).toBe(
      0,
    );
  });

  test('an overload of the whole trial only for its share', () => {
    const generator = [event('wireFull', 0, 100 * ms, 1_000_000)];
    const device = [event('gap', 10 * ms, 11 * ms)];
    const { lostInGaps, undisturbedRatio } = attributeLoss(lossy(50_000), { generator, device }, clock, pace);
    expect(lostInGaps).toBe(50_000);
    const few = attributeLoss(
      lossy(50_000),
      { generator: [event('wireFull', 0, 100 * ms, 50_000)], device },
      clock,
      pace,
    );
    expect(few.lostInGaps / 50_000).toBeCloseTo(0.055, 2);
    expect(undisturbedRatio).toBeCloseTo(0.945, 2);
  });

  test('once, though a packet that found the wire full is a hole in the sequence too', () => {
    const device = [event('gap', 10 * ms, 11 * ms)];
    const generator = [
      event('wireFull', 10.5 * ms, 10.6 * ms, 100),
      event('sequenceLoss', 10.5 * ms, 11 * ms, 100),
      event('sequenceLoss', 10.7 * ms, 10.8 * ms, 7),
    ];
    expect(attributeLoss(lossy(100, 7), { generator, device }, clock, pace).lostInGaps).toBe(107);
    expect(attributeLoss(lossy(100), { generator, device }, clock, pace).lostInGaps).toBe(100);
  });
});

describe('several queues', () => {
  const queues = [
    { sender: 2, receiver: 4 },
    { sender: 3, receiver: 4 },
  ];
  const on = (core: number, startNs: number, endNs: number) => ({
    ...event('gap', startNs, endNs),
    aux: core,
  });
  const lossAt = (ns: number) => event('wireFull', ns, ns + 1000, 100);
  const shares = (generator: TelemetryEvent[], device: TelemetryEvent[] = []) =>
    attributeLoss(lossy(100), { generator, device }, clock, { ...pace, queues }).lostInGaps;

  test('each has a ring of its own, which a gap must fill', () => {
    // Half a ring is 0.55 ms of the whole load, and 1.1 ms of the half that is a queue's.
    const device = (endNs: number) => [event('gap', 10 * ms, endNs)];
    expect(shares([lossAt(10.9 * ms)], device(11 * ms))).toBe(0);
    expect(shares([lossAt(11.2 * ms)], device(11.5 * ms))).toBe(100);
  });

  test("a sender's gap is not another's, a receiver's is that of every queue that comes back to it", () => {
    const late = lossAt(11.9 * ms);
    expect(shares([on(2, 10 * ms, 10.8 * ms), on(3, 11 * ms, 11.8 * ms), late])).toBe(0);
    expect(shares([on(2, 10 * ms, 10.8 * ms), on(2, 11 * ms, 11.8 * ms), late])).toBe(100);
    expect(shares([on(2, 10 * ms, 10.8 * ms), on(4, 11 * ms, 11.8 * ms), late])).toBe(100);
    expect(shares([on(7, 10 * ms, 13 * ms), late])).toBe(0);
  });

  test('a sender that is away keeps back its share of the load; one that only receives, nothing', () => {
    const away = (...generator: TelemetryEvent[]) =>
      attributeLoss(report(), { generator, device: [] }, clock, { ...pace, queues }).generatorAwayNs;
    expect(away(on(2, 10 * ms, 14 * ms))).toBe(2 * ms);
    expect(away(on(2, 10 * ms, 14 * ms), on(3, 10 * ms, 14 * ms))).toBe(4 * ms);
    expect(away(on(4, 10 * ms, 14 * ms))).toBe(0);
  });
});

test('gaps outside the trial do not count; of many the longest are listed, in order', () => {
  const device = [
    event('gap', -5 * ms, -4 * ms),
    event('gap', 200 * ms, 201 * ms),
    ...Array.from({ length: 150 }, (_, i) => event('gap', i * 0.5 * ms, i * 0.5 * ms + 10_000 + i)),
  ];
  const { gaps, gapNs } = attributeLoss(report(), { generator: [], device }, clock, pace);
  expect(gaps).toHaveLength(100);
  expect(gaps[0]?.durationNs).toBe(10_050);
  expect(gapNs.device).toBe(150 * 10_000 + (149 * 150) / 2);
});

test('never is more put down to gaps than was lost, nor less than nothing', () => {
  const time = fc.integer({ min: -2 * ms, max: 120 * ms });
  const logged = fc.array(
    fc
      .tuple(fc.constantFrom('gap', 'wireFull', 'sequenceLoss'), time, fc.nat(20 * ms), fc.nat(1000))
      .map(([kind, start, length, count]) => event(kind, start, start + length, count)),
  );
  fc.assert(
    fc.property(logged, logged, fc.nat(2000), fc.nat(2000), (generator, device, full, others) => {
      const result = attributeLoss(lossy(full, others), { generator, device }, clock, pace);
      expect(result.lostInGaps).toBeGreaterThanOrEqual(0);
      expect(result.lostInGaps).toBeLessThanOrEqual(full + others);
      expect(result.undisturbedRatio).toBeGreaterThanOrEqual(-1e-9);
      expect(result.undisturbedRatio).toBeLessThanOrEqual(1);
    }),
  );
});

test('intervals', () => {
  const windows = union([
    { startNs: 5, endNs: 7 },
    { startNs: 0, endNs: 2 },
    { startNs: 1, endNs: 3 },
  ]);
  expect(windows).toEqual([
    { startNs: 0, endNs: 3 },
    { startNs: 5, endNs: 7 },
  ]);
  expect(totalNs(windows)).toBe(5);
  expect(overlapNs({ startNs: 2, endNs: 6 }, windows)).toBe(2);
  expect(touches({ startNs: 3, endNs: 4 }, windows)).toBe(true);
  expect(touches({ startNs: 4, endNs: 4 }, windows)).toBe(false);
});

test('time away is time in which packets were sent: a gap before or after counts as far as it reaches into it', () => {
  const device = [
    event('gap', -2 * ms, ms),
    event('gap', 99 * ms, 104 * ms),
    event('gap', 105 * ms, 109 * ms),
  ];
  const { gaps, gapNs } = attributeLoss(
    report(),
    { generator: [event('gap', 101 * ms, 105 * ms)], device },
    clock,
    pace,
  );
  expect(gapNs).toEqual({ generator: 0, device: 2 * ms });
  expect(gaps).toHaveLength(4);
});
