import { describe, expect, test } from 'vitest';
import { largestOutage, lostIn, recoveryAfter, type Loss } from './losses.ts';

const loss = (startMs: number, endMs: number, packets: number, inGaps = 0): Loss => ({
  startNs: startMs * 1e6,
  endNs: endMs * 1e6,
  packets,
  inGaps,
});

describe('the largest outage', () => {
  test('joins losses close together, and leaves the others out', () => {
    const losses = [loss(500, 501, 10), loss(100, 180, 80_000), loss(181, 182, 500), loss(300, 301, 70)];
    expect(largestOutage(losses, 5e6)).toEqual({ startNs: 100e6, endNs: 182e6, packets: 80_500 });
    expect(largestOutage(losses, 0.5e6)).toEqual({ startNs: 100e6, endNs: 180e6, packets: 80_000 });
  });
  test('is none of nothing', () => expect(largestOutage([], 1e6)).toBeNull());
  test('counts packets in gaps too: the restart itself takes the core', () =>
    expect(largestOutage([loss(1, 2, 9, 9)], 1e6)?.packets).toBe(9));
});

describe('recovery after a reduction at 100 ms, to 1,000 packets a second', () => {
  const after = (...losses: Loss[]) => recoveryAfter(losses, 100e6, 1_000);
  test('what was lost and known to be so before is no recovery', () =>
    expect(after(loss(10, 99, 5_000), loss(99.5, 100, 10))).toEqual({ recoveryNs: 0, lostAfter: 0 }));
  test('ends with the send time of the last packet lost', () => {
    expect(after(loss(110, 120, 3))).toEqual({ recoveryNs: 12e6, lostAfter: 3 });
    expect(after(loss(110, 120, 3), loss(105, 106, 1))).toEqual({ recoveryNs: 12e6, lostAfter: 4 });
  });
  test('of a hole around the reduction, only the part behind it', () =>
    // Packets meant for 97, 98, 99, 100, 101 and 102 ms.
    expect(after(loss(97, 104, 6))).toEqual({ recoveryNs: 2e6, lostAfter: 3 }));
  test('what a gap lost is the machine, not the device', () => {
    expect(after(loss(110, 120, 3, 3))).toEqual({ recoveryNs: 0, lostAfter: 0 });
    expect(after(loss(110, 120, 3, 2))).toEqual({ recoveryNs: 12e6, lostAfter: 1 });
  });
});

test('losses belong to the stretch of time that they begin in, the first and the last without bound', () => {
  const losses = [-5, 10, 20, 99].map((startNs, i) => ({
    ...{ startNs, endNs: startNs + 100, packets: 10 ** i, inGaps: 0 },
  }));
  expect([lostIn(losses, 0, 20), lostIn(losses, 20, 50), lostIn(losses, 50, null)]).toEqual([11, 100, 1_000]);
  expect(lostIn(losses, 0, null)).toBe(1_111);
  expect(lostIn([], 0, null)).toBe(0);
});
