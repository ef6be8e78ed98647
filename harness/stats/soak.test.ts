import { expect, test } from 'vitest';
import type { Loss } from './losses.ts';
import { summarizeSoak, type Soaked } from './soak.ts';

const loss = (startS: number, packets: number, inGaps = 0): Loss => ({
  startNs: startS * 1e9,
  endNs: (startS + 0.1) * 1e9,
  packets,
  inGaps,
});
const soaked = (changes: Partial<Soaked> = {}): Soaked => ({
  durationNs: 10e9,
  sent: 1e7,
  lost: 0,
  lostInGaps: 0,
  losses: [],
  lossesFromNs: 0,
  ...changes,
});

test('without a loss: all of the time is free of it, and the bounds are the rule of three', () => {
  const summary = summarizeSoak(soaked(), 0.95);
  expect(summary).toMatchObject({
    lostBySecond: Array.from({ length: 10 }, () => 0),
    longestLossFreeNs: 10e9,
    firstHalfLossRatio: 0,
    secondHalfLossRatio: 0,
  });
  expect(summary.lossRatioBelow * 1e7).toBeCloseTo(3, 2);
  expect(summary.lossySecondsRatioBelow).toBeCloseTo(1 - 0.05 ** 0.1, 9);
});

test('losses in their seconds, by send time; those in gaps are the machine', () => {
  const losses = [loss(6.2, 40), loss(1.5, 10, 4), loss(6.9, 5), loss(3, 7, 7)];
  const summary = summarizeSoak(soaked({ lost: 62, lostInGaps: 11, losses }), 0.95);
  expect(summary.lostBySecond).toEqual([0, 6, 0, 0, 0, 0, 45, 0, 0, 0]);
  // From 1.6 s to 6.2 s: what is in between was lost in a gap.
  expect(summary.longestLossFreeNs).toBeCloseTo(4.6e9);
  expect(summary.firstHalfLossRatio).toBeCloseTo(6 / 5e6);
  expect(summary.secondHalfLossRatio).toBeCloseTo(45 / 5e6);
  expect(summary.lossRatioBelow).toBeGreaterThan(51 / 1e7);
  expect(summary.lossRatioBelow).toBeLessThan(70 / 1e7);
});

test('a log that overflowed: the seconds before are not known, and nothing is said of them', () => {
  const summary = summarizeSoak(soaked({ lost: 5e6, losses: [loss(8.5, 1)], lossesFromNs: 7.3e9 }), 0.95);
  expect(summary.lostBySecond).toEqual([...Array.from({ length: 8 }, () => null), 1, 0]);
  expect(summary.longestLossFreeNs).toBeCloseTo(1.4e9);
  expect([summary.firstHalfLossRatio, summary.secondHalfLossRatio]).toEqual([null, null]);
});

test('a loss after the last full second counts in it; nothing sent bounds nothing', () => {
  expect(summarizeSoak(soaked({ durationNs: 2.3e9, losses: [loss(2.2, 3)] }), 0.95).lostBySecond).toEqual([
    0, 3,
  ]);
  expect(summarizeSoak(soaked({ sent: 0 }), 0.95).lossRatioBelow).toBe(1);
});
