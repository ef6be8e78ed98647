import { describe, expect, test } from 'vitest';
import { closeBooks, heldAtMost } from './books.ts';
import { report } from './doubles.fixture.ts';
import { embeddedSwitchCost } from './embedded-switch.ts';
import { judgeTrial } from './verdict.ts';

const counters = (values: Record<string, number>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, BigInt(value)]));
const reading = (after: Record<string, number>, before: Record<string, number> = {}) => ({
  before: counters(before),
  after: counters(after),
});

describe('books of packets on virtual functions', () => {
  // Of 100 packets function 0 passed 90 on, dropped 7, and had 3 when it was stopped; function 1 was given 88, and gave back 70.
  const own = reading(
    {
      ...{ 'vf0.rx.packets': 1100, 'vf0.tx.packets': 90, 'drop.vf1.full': 2 },
      ...{ 'vf1.rx.packets': 88, 'vf1.tx.packets': 70 },
    },
    { 'vf0.rx.packets': 1000 },
  );
  const nfs = [
    reading({ 'drop.nf0.verdict': 12, 'drop.nf0.stopped': 3 }, { 'drop.nf0.verdict': 5 }),
    reading({ 'drop.nf1.verdict': 0 }),
  ];
  const sent = report({ sent: 100, received: 70 });

  test('what a living NF holds is in flight', () => {
    const { books, fault } = closeBooks(sent, [own, ...nfs]);
    expect(books).toMatchObject({
      drops: { 'nf0.verdict': 7, 'nf0.stopped': 3, 'vf1.full': 2 },
      inFlight: 18,
    });
    expect(fault).toMatch(/^After the drain 18 packets were still in flight/);
  });

  test('what a dead one held was lost with it', () => {
    const { books, fault } = closeBooks(sent, [own, ...nfs], undefined, [1]);
    expect(books).toMatchObject({
      drops: { 'nf0.verdict': 7, 'nf0.stopped': 3, 'vf1.full': 2, 'vf1.nf_died': 18 },
      inFlight: 0,
    });
    expect(fault).toBeNull();
  });

  test('a packet that the switch lost has no name, whoever is alive', () => {
    for (const dead of [[], [0], [1], [0, 1]]) {
      const { fault } = closeBooks(report({ sent: 101, received: 70 }), [own, ...nfs], undefined, dead);
      expect(fault).toMatch(/: 1 packets were lost in a place without a name/);
    }
  });

  test('of killed processes nobody can say who held what', () => {
    const killed = { readings: nfs, heldMax: heldAtMost(1, 2) };
    const { books, fault } = closeBooks(sent, [own, ...nfs], killed, [1]);
    expect(books).toMatchObject({ drops: { 'dataplane.killed': 18 }, inFlight: 0 });
    expect(fault).toBeNull();
    expect(heldAtMost(1, 5)).toBeGreaterThanOrEqual(5 * 2 * 8_192);
  });
});

test('what the emulation took is a share of the trial, and unknown where nothing was emulated', () => {
  const ticks = report({ firstSendTsc: 1_000, lastSendTsc: 2_000 });
  const own = reading(
    { 'eswitch.cycles.busy': 350, 'eswitch.cycles.worked': 1_900 },
    { 'eswitch.cycles.busy': 100 },
  );
  expect(embeddedSwitchCost(own, ticks)).toEqual({ busyRatio: 0.25, coreBusyRatio: 1 });
  expect(embeddedSwitchCost(reading({ 'tx.packets': 5 }), ticks)).toBeNull();
  expect(embeddedSwitchCost(own, report({ firstSendTsc: 0, lastSendTsc: 0 }))).toBeNull();
});

describe('a switch that took the generator’s time', () => {
  const quiet = {
    ...{ gaps: [], gapNs: { generator: 0, device: 0 }, generatorAwayNs: 0, lostInGaps: 0 },
    ...{ losses: [], lossesFromNs: 0, undisturbedRatio: 1 },
  };
  const judge = (intendedPps: number, offeredPps: number, coreBusyRatio: number | null, awayRatio = 0) =>
    judgeTrial({
      report: report({ intendedPps, offeredPps }),
      attribution: { ...quiet, generatorAwayNs: awayRatio * 100e6 },
      deadNfs: [],
      booksFault: null,
      durationMs: 100,
      embeddedSwitch: coreBusyRatio === null ? null : { busyRatio: 0.7, coreBusyRatio },
    });

  test('is named where a load was not offered', () => {
    expect(judge(1e6, 0.9e6, 1)).toEqual({
      verdict: 'generator-limited',
      reason:
        "The generator offered 0.900 Mpps, 90.0 % of the intended 1.000 Mpps. Its core was the emulated NIC's embedded switch for 70 % of the trial.",
    });
    expect(judge(1e6, 1e6, 1).verdict).toBe('valid');
  });

  test('limits an unpaced trial, in which no load can be missing, where the core was never idle', () => {
    expect(judge(0, 5e6, 0.9).verdict).toBe('valid');
    expect(judge(0, 5e6, null).verdict).toBe('valid');
    expect(judge(0, 5e6, 0.8, 0.1).verdict).toBe('valid');
    expect(judge(0, 5e6, 0.87, 0.1).verdict).toBe('generator-limited');
    expect(judge(0, 5e6, 0.97)).toEqual({
      verdict: 'generator-limited',
      reason:
        "The generator's core was busy for 97 % of the trial: the rate is its own, not the device's. Its core was the emulated NIC's embedded switch for 70 % of the trial.",
    });
  });
});
