import { expect, test } from 'vitest';
import type { LatencySummary } from '../model/run.ts';
import { ofRepetitions } from './repetitions.ts';

function trial(min: number, p50: number, p999: number, hlog: string): LatencySummary {
  return { samples: 1_000, min, p50, p90: p50, p99: p999, p999, max: p999, hlog, verdict: 'valid' };
}

test('one trial is its own result, and none is none', () => {
  const only = trial(1, 10, 50, 'a');
  expect(ofRepetitions([only])).toBe(only);
  expect(ofRepetitions([])).toBeNull();
});

test('medians of each figure on its own; the log is of the trial in the middle', () => {
  const trials = [
    trial(1, 30, 90, 'a'),
    trial(5, 10, 70, 'b'),
    trial(2, 20, 400, 'c'),
    trial(9, 12, 60, 'd'),
  ];
  expect(ofRepetitions(trials)).toMatchObject({
    hlog: 'b',
    max: 70,
    typicalNs: 16,
    worstCaseNs: 80,
    pdvNs: (65 + 89) / 2,
    repetitions: {
      typicalNs: [30, 10, 20, 12],
      worstCaseNs: [90, 70, 400, 60],
      pdvNs: [89, 65, 398, 51],
    },
  });
});

test('the verdict is what most are worth, and the percentiles are of such a trial', () => {
  const disturbed = (p999: number, hlog: string) => ({
    ...trial(1, 10, p999, hlog),
    verdict: 'disturbed' as const,
  });
  const few = { ...trial(1, 10, 80, 'few'), tooFew: 'only 12 packets' };
  expect(ofRepetitions([trial(1, 10, 50, 'a'), disturbed(60, 'b'), few])).toMatchObject({
    hlog: 'a',
    verdict: 'valid',
    worstCaseNs: 60,
    tooFew: 'only 12 packets',
    repetitions: { verdicts: ['valid', 'disturbed', 'valid'] },
  });
  // By worst case alone the valid one is in the middle.
  expect(ofRepetitions([disturbed(50, 'a'), trial(1, 10, 60, 'b'), disturbed(70, 'c')])).toMatchObject({
    hlog: 'a',
    verdict: 'disturbed',
  });
});
