import { describe, expect, test } from 'vitest';
import { report } from './doubles.fixture.ts';
import type { Attribution } from './gaps.ts';
import { judgeTrial } from './verdict.ts';

const quiet: Attribution = {
  gaps: [],
  gapNs: { generator: 0, device: 0 },
  generatorAwayNs: 0,
  lostInGaps: 0,
  losses: [],
  lossesFromNs: 0,
  undisturbedRatio: 1,
};
const sent = { intendedPps: 1e6, sent: 100_000, received: 100_000, lost: 0 };

function judge(offeredRatio: number, awayRatio: number, changes: Partial<Attribution> = {}, lost = 0) {
  return judgeTrial({
    report: report({ ...sent, offeredPps: offeredRatio * 1e6, received: 100_000 - lost, lost }),
    attribution: { ...quiet, generatorAwayNs: awayRatio * 100e6, ...changes },
    deadNfs: [],
    booksFault: null,
    durationMs: 100,
  });
}

describe('a load that was not offered', () => {
  test('is the generator’s limit where its core was there all the time', () => {
    expect(judge(0.995, 0).verdict).toBe('valid');
    const { verdict, reason } = judge(0.95, 0);
    expect(verdict).toBe('generator-limited');
    expect(reason).toBe('The generator offered 0.950 Mpps, 95.0 % of the intended 1.000 Mpps.');
  });

  test('is not, where its core was away for as long', () => {
    expect(judge(0.92, 0.08).verdict).toBe('valid');
    expect(judge(0.92, 0.02).verdict).toBe('generator-limited');
  });

  test('is no trial of that load where most of it is missing, whoever took it', () => {
    expect(judge(0.6, 0.4).verdict).toBe('generator-limited');
  });
});

test('loss in gaps disturbs a trial; other loss is the device’s', () => {
  expect(judge(1, 0, { lostInGaps: 7 }, 7).verdict).toBe('disturbed');
  expect(judge(1, 0, { lostInGaps: 6 }, 7).verdict).toBe('valid');
  expect(judge(1, 0, { lostInGaps: 6, undisturbedRatio: 0.4 }, 7).verdict).toBe('disturbed');
});

test('a dead NF and open books come before all else', () => {
  const evidence = { report: report(sent), attribution: quiet, durationMs: 100 };
  expect(judgeTrial({ ...evidence, deadNfs: ['nf0 died'], booksFault: 'open' })).toEqual({
    verdict: 'nf-died',
    reason: 'nf0 died. open',
  });
  expect(judgeTrial({ ...evidence, deadNfs: [], booksFault: 'open' })).toEqual({
    verdict: 'unbalanced',
    reason: 'open',
  });
});
