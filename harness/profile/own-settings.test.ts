import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../model/errors.ts';
import { readOverride } from './document.ts';
import { ownOf } from './own-settings.ts';
import { parseProfile } from './parse.ts';
import { methodNames } from './plan.ts';

const profiles = join(import.meta.dirname, '../../profiles');

const profile = (method: string, rest = '') => `schema: profile/1
name: x
dataplanes: [netvm]
chains: [[forward]]
frameSizesBytes: [64]
lineRate: 10 Gbit/s
${rest}method:
${method
  .split('; ')
  .map((line) => `  ${line}`)
  .join('\n')}
`;

function parse(text: string, sets: readonly string[] = []) {
  return parseProfile(new TextEncoder().encode(text), 'p.yaml', sets.map(readOverride));
}

function problems(text: string, sets: readonly string[] = []): string[] {
  try {
    parse(text, sets);
  } catch (error) {
    if (error instanceof BadInput) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('what a method is told', () => {
  test.each([
    ['name: mrr', { method: 'mrr', trials: 10 }],
    [
      'name: back-to-back; trialDuration: 1 s',
      { method: 'back-to-back', repetitions: 50, longestBurstMs: 2_000 },
    ],
    ['name: frame-loss; trialDuration: 1 s; step: 5 %', { method: 'frame-loss', stepRatio: 0.05 }],
    [
      'name: soak; trialDuration: 1 s; duration: 2 min; rate: 1.5 Mpps',
      { method: 'soak', durationMs: 120_000, load: { kind: 'rate', pps: 1.5e6 }, confidence: 0.95 },
    ],
    [
      'name: soak; trialDuration: 1 s; load: 70 %; confidence: 99 %',
      { method: 'soak', durationMs: 60_000, load: { kind: 'share', ratio: 0.7 }, confidence: 0.99 },
    ],
    [
      'name: recovery; trialDuration: 1 s',
      {
        method: 'recovery',
        repetitions: 3,
        overloadRatio: 1.1,
        overloadDurationMs: 60_000,
        reductionRatio: 0.5,
        watchMs: 3_000,
      },
    ],
    [
      'name: reset; trialDuration: 1 s',
      { method: 'reset', repetitions: 3, loadRatio: 0.9, watchMs: 3_000, target: 'dataplane' },
    ],
    [
      'name: scaling; trialDuration: 1 s',
      { method: 'scaling', repetitions: 3, load: { kind: 'share', ratio: 0.5 }, watchMs: 2_000 },
    ],
    [
      'name: scaling; trialDuration: 1 s; rate: 500 kpps; watch: 1 s; repetitions: 1',
      { method: 'scaling', repetitions: 1, load: { kind: 'rate', pps: 5e5 }, watchMs: 1_000 },
    ],
  ])('%s', (method, own) => expect(parse(profile(method)).method.own).toEqual(own));

  test('a search is told nothing of its own; mrr has trials of a second', () => {
    expect(parse(profile('name: rfc2544; trialDuration: 1 s')).method).not.toHaveProperty('own');
    expect(parse(profile('name: mrr')).method.trialDurationMs).toBe(1_000);
  });

  test('those with shares of a throughput search for one as rfc2544 does, the others for nothing', () => {
    const goals = (method: string) => parse(profile(method)).method.goals;
    const rfc2544 = goals('name: rfc2544; trialDuration: 1 s');
    expect(rfc2544).toHaveLength(1);
    for (const name of ['back-to-back', 'soak', 'recovery', 'reset', 'scaling'])
      expect(goals(`name: ${name}; trialDuration: 1 s`), name).toEqual(rfc2544);
    for (const method of [
      'name: mrr',
      'name: frame-loss; trialDuration: 1 s',
      'name: soak; trialDuration: 1 s; rate: 1 Mpps',
      'name: scaling; trialDuration: 1 s; rate: 1 Mpps',
    ])
      expect(goals(method), method).toEqual([]);
  });

  test('settings of another method are not taken for its own', () => {
    expect(ownOf({ method: 'mrr', trials: 3 }, 'mrr').trials).toBe(3);
    expect(ownOf({ method: 'mrr', trials: 3 }, 'reset').repetitions).toBe(3);
    expect(ownOf(undefined, 'back-to-back').repetitions).toBe(50);
  });
});

describe('a rule that is broken is named, with its place', () => {
  test.each([
    [
      'name: rfc2544; trialDuration: 1 s; trials: 5',
      '',
      'p.yaml:10:3: method.trials: only mrr knows this key; rfc2544 has no keys of its own',
    ],
    [
      'name: soak; trialDuration: 1 s; watch: 5 s',
      '',
      'p.yaml:10:3: method.watch: only recovery, reset, scaling know this key; soak has duration, load, rate, confidence',
    ],
    [
      'name: reset; trialDuration: 1 s; overload: 120 %',
      '',
      'method.overload: only recovery knows this key; reset has repetitions, load, watch, target',
    ],
    [
      'name: soak; trialDuration: 1 s; load: 50 %; rate: 1 Mpps',
      '',
      'p.yaml:11:9: method.rate: expected load (a share of the throughput) or rate, not both',
    ],
    [
      'name: soak; trialDuration: 1 s; rate: 20 Mpps',
      '',
      'method.rate: the wire carries at most 14.881 Mpps of 64-byte frames, got 20.000 Mpps',
    ],
    [
      'name: frame-loss; trialDuration: 1 s; step: 20 %',
      '',
      'method.step: expected a share from 0.1 % to 10 %, got 20 %',
    ],
    [
      'name: recovery; trialDuration: 1 s; overload: 90 %',
      '',
      'method.overload: expected a share from 101 % to 1000 %, got 90 %',
    ],
    ['name: soak; trialDuration: 1 s; duration: -5 s', '', 'method.duration: expected a time from 1 s to'],
    ['name: rfc2544', '', 'p.yaml:8:3: the key "trialDuration" is missing'],
    [
      'name: frame-loss; trialDuration: 1 s',
      'latency: {loads: [50 %], duration: 1 s}\n',
      'p.yaml:7:1: latency: its loads are shares of a throughput, and frame-loss finds none; leave it out',
    ],
    [
      'name: scaling; trialDuration: 1 s; rate: 1 Mpps',
      'latency: {loads: [50 %], duration: 1 s}\n',
      'p.yaml:7:1: latency: its loads are shares of a throughput, and scaling at a given rate finds none; leave it out',
    ],
  ])('%s', (method, rest, message) => {
    const found = problems(profile(method, rest));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  test('a wire without a rate, and data planes of which nothing can be reset', () => {
    const soak = profile('name: soak; trialDuration: 1 s');
    expect(problems(soak, ['lineRate=unpaced'])[0]).toContain(
      'lineRate: soak offers shares of a rate, so the wire must have one; got unpaced',
    );
    expect(
      problems(profile('name: reset; trialDuration: 1 s'), ['dataplanes=[forwarder, vhost-user]']),
    ).toEqual([]);
    const reset = profile('name: reset; trialDuration: 1 s; target: nf');
    const found = problems(reset, ['dataplanes=[netvm, forwarder, vhost-user]']);
    expect(found[0]).toContain('dataplanes[1]: "forwarder" has no NF that could be reset');
    expect(found[1]).toContain('dataplanes[2]: "vhost-user" cannot take back an NF that was killed');
    const scaling = profile('name: scaling; trialDuration: 1 s');
    expect(problems(scaling)).toEqual([]);
    expect(problems(scaling, ['dataplanes=[netvm, vhost-user]'])[0]).toContain(
      'dataplanes[1]: "vhost-user" cannot add an instance of an NF while packets pass',
    );
  });
});

test('every profile in the repository is one, and every method of its own has one', () => {
  const names = readdirSync(profiles)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(join(profiles, file), 'utf8')).method.name);
  const missing = methodNames.filter((name) => !names.includes(name));
  expect(
    missing.filter((name) =>
      ['mrr', 'back-to-back', 'frame-loss', 'soak', 'recovery', 'reset', 'scaling'].includes(name),
    ),
  ).toEqual([]);
});
