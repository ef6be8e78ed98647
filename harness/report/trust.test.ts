import { expect, test } from 'vitest';
import type { CellResult, Run, TrialTrust } from '../model/run.ts';
import { syntheticRun } from '../store/fixture.ts';
import { clockSentence, deviceFrequency, timeSentence, trustSentence, wireAt } from './trust.ts';

const calm: TrialTrust = {
  awayRatio: { generator: 0, device: 0 },
  stealNs: { generator: 0, device: 0 },
  sendLateOver10us: 0,
  sendLateOver1ms: 0,
  sendLateNsMax: 900,
};
const [first] = syntheticRun().results;
const result = (trust: TrialTrust | null, verdict: CellResult['verdict'] = 'valid'): CellResult => {
  if (first === undefined) throw new Error('no result');
  const books = { sent: 10_000, received: 10_000, drops: {}, inFlight: 0, duplicates: 0, reordered: 0 };
  return { ...first, verdict, books, trust };
};

test('one sentence: verdict, time away, deadlines, steal', () => {
  expect(trustSentence(result(calm))).toBe('valid; no core away; no deadline missed');
  const disturbed: TrialTrust = {
    awayRatio: { generator: 0.0012, device: 0.031 },
    stealNs: { generator: 20e6, device: 10e6 },
    sendLateOver10us: 40,
    sendLateOver1ms: 12,
    sendLateNsMax: 1.3e6,
  };
  expect(trustSentence(result(disturbed, 'disturbed'))).toBe(
    'disturbed; generator away 0.120 % of the time, device 3.10 %; ' +
      '0.400 % of packets left over 10 µs late, 12 over 1 ms, by 1.30 ms at most; 30 ms stolen by the hypervisor',
  );
});

test('what is not known is not called good', () => {
  expect(trustSentence(result(null, 'failed'))).toBe('failed');
  const unknown = { ...calm, sendLateOver10us: null, sendLateOver1ms: null, stealNs: null };
  expect(trustSentence(result(unknown))).toBe('valid; no core away; deadlines not counted');
  expect(trustSentence(result({ ...unknown, generatorGapsKnown: false }))).toBe(
    'valid; device away 0 % of the time, generator not known; deadlines not counted',
  );
});

test('what emulating a NIC took of the generator’s core', () => {
  const emulated = { ...calm, embeddedSwitch: { busyRatio: 0.25, coreBusyRatio: 0.5 } };
  expect(trustSentence(result(emulated))).toMatch(
    /; generator's core busy 50.0* % of the time, 25.0* % as the emulated NIC's switch$/,
  );
});

test('the clock: good, without a skew, at fault, not checked', () => {
  const run = syntheticRun();
  expect(clockSentence(run)).toMatch(/keeps its rate of 2\.6000 GHz.* 12 ns apart, give or take 28 ns\.$/);
  const clock = run.clock ?? null;
  const changed = (changes: object): Run => ({ ...run, clock: clock && { ...clock, ...changes } });
  expect(clockSentence(changed({ skewNs: null }))).toMatch(/is not known\.$/);
  expect(clockSentence(changed({ faults: ['A.', 'B.'] }))).toBe('A. B.');
  expect(clockSentence({ ...run, clock: null })).toBe('');
});

test('the wire at a load of its frame size, and at no other', () => {
  const run = syntheticRun();
  expect(wireAt(run, 64, '50')?.latencyNs.p50).toBe(1_069);
  expect(wireAt(run, 1518, '50')).toBeUndefined();
  expect(wireAt({ ...run, generator: null }, 64, '50')).toBeUndefined();
});

test('the frequency of the device', () => {
  expect(deviceFrequency(result(calm))).toBe('3.20 → 3.15 GHz');
  expect(deviceFrequency({ ...result(calm), coreFrequencyHz: null })).toBe('');
});

test('how long a run took, beside what was expected', () => {
  expect(timeSentence({ ...syntheticRun(), estimatedMs: 60_000, elapsedMs: 80_000 })).toBe(
    '80 s, 1.33 times the 60 s expected',
  );
  expect(timeSentence({ ...syntheticRun(), elapsedMs: null })).toBe('');
});
