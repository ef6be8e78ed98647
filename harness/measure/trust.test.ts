import { expect, test } from 'vitest';
import { report } from './doubles.fixture.ts';
import type { Attribution } from './gaps.ts';
import { trialTrust } from './trust.ts';

const attribution: Attribution = {
  gaps: [],
  gapNs: { generator: 1e6, device: 300e6 },
  generatorAwayNs: 0,
  lostInGaps: 0,
  losses: [],
  lossesFromNs: 0,
  undisturbedRatio: 1,
};
const none = { before: null, after: null };

test('shares of the trial, at most all of it', () => {
  const trust = trialTrust(report({ durationNs: 100e6 }), attribution, none);
  expect(trust.awayRatio).toEqual({ generator: 0.01, device: 1 });
  expect(trialTrust(report({ durationNs: 0 }), attribution, none).awayRatio).toEqual({
    generator: 0,
    device: 0,
  });
});

test('steal is what the kernel counted meanwhile, and never below 0', () => {
  const stolen = {
    before: { generator: 20e6, device: 50e6 },
    after: { generator: 40e6, device: 10e6 },
  };
  expect(trialTrust(report(), attribution, stolen).stealNs).toEqual({ generator: 20e6, device: 0 });
  expect(trialTrust(report(), attribution, { ...stolen, before: null }).stealNs).toBeNull();
});

test('deadlines that a generator does not count are not known, which is not none', () => {
  const counted = report({ sendLateOver10us: 7, sendLateOver1ms: 2, sendLateNsMax: 1.5e6 });
  expect(trialTrust(counted, attribution, none)).toMatchObject({
    sendLateOver10us: 7,
    sendLateOver1ms: 2,
    sendLateNsMax: 1.5e6,
  });
  const silent = trialTrust(report(), attribution, none);
  expect([silent.sendLateOver10us, silent.sendLateOver1ms]).toEqual([null, null]);
});
