import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../model/errors.ts';
import { readOverride } from './document.ts';
import { parseProfile } from './parse.ts';
import { presetNames } from './presets.ts';

const profiles = join(import.meta.dirname, '../../profiles');
const profile = (method: string) => `schema: profile/1
name: short
dataplanes: [netvm]
chains: [[forward]]
frameSizesBytes: [64]
lineRate: 10 Gbit/s
method:
${method.replace(/^/gm, '  ')}
`;
const methodOf = (text: string, sets: readonly string[] = []) =>
  parseProfile(new TextEncoder().encode(profile(text)), 'p.yaml', sets.map(readOverride)).method;

/** The problems of a method, as the user sees them. */
function problems(method: string, sets: readonly string[] = []): string[] {
  try {
    methodOf(method, sets);
  } catch (error) {
    if (error instanceof BadInput) return error.message.split('\n');
    throw error;
  }
  return [];
}

test.each(readdirSync(profiles).filter((file) => file.endsWith('.yaml')))('%s is valid', (file) => {
  expect(() => parseProfile(readFileSync(join(profiles, file)), file)).not.toThrow();
});

describe('presets', () => {
  const seconds = (initial: number, final: number, sum: number) => ({
    initialTrialDurationMs: initial * 1000,
    finalTrialDurationMs: final * 1000,
    durationSumMs: sum * 1000,
  });

  test.each([
    ['rfc2544', 60, { lossRatio: 0, exceedRatio: 0, widthRatio: 0.02, ...seconds(60, 60, 120) }],
    ['quick', 60, { lossRatio: 0, exceedRatio: 0, widthRatio: 0.02, ...seconds(60, 60, 60) }],
    ['tst009', 60, { lossRatio: 0, exceedRatio: 0.5, widthRatio: 0.02, ...seconds(60, 60, 120) }],
    ['csit-ndr', 1, { lossRatio: 0, exceedRatio: 0.5, widthRatio: 0.005, ...seconds(1, 1, 21) }],
    ['csit-pdr', 1, { lossRatio: 0.005, exceedRatio: 0.5, widthRatio: 0.005, ...seconds(1, 1, 21) }],
  ])('%s is its source with trials of %d s', (name, trial, goal) => {
    expect(methodOf(`name: ${name}\ntrialDuration: ${trial} s`).goals).toEqual([goal]);
  });

  test('the keys of the profile scale them', () => {
    for (const name of presetNames) {
      const [goal] = methodOf(`{name: ${name}, trialDuration: 100 ms, resolution: 1 %}`).goals;
      expect(goal).toMatchObject({
        initialTrialDurationMs: 100,
        finalTrialDurationMs: 100,
        widthRatio: 0.01,
      });
    }
    const lossy = methodOf('{name: rfc2544, trialDuration: 100 ms, loss: 1 %}');
    expect(lossy).toMatchObject({ lossRatio: 0.01, goals: [{ lossRatio: 0.01 }] });
  });

  test('what searches for nothing has no goals', () => {
    expect(methodOf('{name: mrr, trialDuration: 1 s}').goals).toEqual([]);
  });
});

const own = (goal: string, more = '') => `name: mlrsearch\ntrialDuration: 1 s\n${more}goals:\n  - {${goal}}`;

test('mlrsearch has the goals that it is given, and their defaults', () => {
  const goals = `name: mlrsearch
trialDuration: 1 s
resolution: 1 %
minLoad: 1 %
maxLoad: 50 %
goals:
  - {lossRatio: 0 %}
  - lossRatio: 0.5 %
    width: 0.5 %
    exceedRatio: 20 %
    initialTrialDuration: 500 ms
    finalTrialDuration: 2 s
    durationSum: 10 s`;
  expect(methodOf(goals)).toMatchObject({
    minLoadRatio: 0.01,
    maxLoadRatio: 0.5,
    goals: [
      {
        lossRatio: 0,
        exceedRatio: 0.5,
        initialTrialDurationMs: 1000,
        finalTrialDurationMs: 1000,
        durationSumMs: 1000,
        widthRatio: 0.01,
      },
      {
        lossRatio: 0.005,
        exceedRatio: 0.2,
        initialTrialDurationMs: 500,
        finalTrialDurationMs: 2000,
        durationSumMs: 10_000,
        widthRatio: 0.005,
      },
    ],
  });
});

describe('impossible goals are refused by the rule that they break, where they stand', () => {
  test.each([
    [
      'width under the loss ratio',
      own('lossRatio: 5 %, width: 2 %'),
      'p.yaml:11:31: method.goals[0].width: the Goal Width must not be below the Goal Loss Ratio; got 2 % and 5 %',
    ],
    [
      'its default under the loss ratio',
      own('lossRatio: 5 %'),
      'p.yaml:11:7: method.goals[0].width: the Goal Width must not be below',
    ],
    [
      'final under initial',
      own('lossRatio: 0 %, initialTrialDuration: 2 s'),
      'method.goals[0].finalTrialDuration: the Goal Final Trial Duration must not be below the Goal Initial Trial Duration; got 1000 ms and 2000 ms',
    ],
    [
      'sum under final',
      own('lossRatio: 0 %, durationSum: 500 ms'),
      'p.yaml:11:37: method.goals[0].durationSum: the Goal Duration Sum must not be below the Goal Final Trial Duration; got 500 ms and 1000 ms',
    ],
    [
      'all may be lossy',
      own('lossRatio: 0 %, exceedRatio: 100 %'),
      'p.yaml:11:37: method.goals[0].exceedRatio: the Goal Exceed Ratio is 0 % or more and below 100 %; got 100 %',
    ],
    [
      'all may be lost',
      own('lossRatio: 100 %, width: 50 %'),
      'p.yaml:11:19: method.goals[0].lossRatio: the Goal Loss Ratio is 0 % or more and below 100 %; got 100 %',
    ],
    [
      'more than all',
      own('lossRatio: 0 %, exceedRatio: 101 %'),
      'method.goals[0].exceedRatio: expected a share from 0 % to 100 %, got 101 %',
    ],
    [
      'a negative duration',
      own('lossRatio: 0 %, durationSum: -1 s'),
      'p.yaml:11:37: method.goals[0].durationSum: expected a time from 10 ms to 240 min, got "-1 s"',
    ],
    [
      'no duration',
      own('lossRatio: 0 %, finalTrialDuration: 0 ms'),
      'method.goals[0].finalTrialDuration: expected a time from 10 ms to 10 min, got 0 ms',
    ],
    [
      'min over max',
      own('lossRatio: 0 %', 'minLoad: 50 %\nmaxLoad: 10 %\n'),
      'p.yaml:10:12: method.minLoad: the Min Load must not be above the Max Load; got 50 % and 10 %',
    ],
    ['a misspelt key', own('lossRatio: 0 %, exceedratio: 1 %'), 'did you mean "exceedRatio"?'],
    ['no goals', 'name: mlrsearch\ntrialDuration: 1 s', 'p.yaml:8:3: method: the key "goals" is missing'],
    [
      'goals of a preset',
      'name: rfc2544\ntrialDuration: 1 s\ngoals: [{lossRatio: 0 %}]',
      'p.yaml:10:10: method.goals: rfc2544 has goals of its own; goals are for mlrsearch',
    ],
    [
      'loss of a preset that has its own',
      'name: csit-pdr\ntrialDuration: 1 s\nloss: 1 %',
      'p.yaml:10:9: method.loss: csit-pdr is for 0.5 %; leave loss out',
    ],
    [
      'loss beside goals',
      own('lossRatio: 0 %', 'loss: 1 %\n'),
      'p.yaml:10:9: method.loss: each goal has its own lossRatio; leave loss out',
    ],
    [
      'a preset whose width is under its loss',
      'name: rfc2544\ntrialDuration: 1 s\nresolution: 1 %\nloss: 5 %',
      'p.yaml:10:15: method.resolution: the Goal Width must not be below the Goal Loss Ratio; got 1 % and 5 %',
    ],
    [
      'a preset that was misspelt',
      'name: csit-ndp\ntrialDuration: 1 s',
      'got "csit-ndp"; did you mean "csit-ndr"?',
    ],
  ])('%s', (_name, method, message) => {
    const found = problems(method);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).toContain(message);
  });

  test('on the command line too', () => {
    const found = problems('name: rfc2544\ntrialDuration: 1 s', ['method.loss=5 %']);
    expect(found.join('\n')).toContain('must not be below the Goal Loss Ratio; got 2 % and 5 %');
  });
});
