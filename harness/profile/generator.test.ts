import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BadInput } from '../model/errors.ts';
import { capabilities, generatorNames, generators, type Wire } from '../model/generator.ts';
import { readOverride } from './document.ts';
import { parseProfile } from './parse.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../profiles/testpmd.yaml'), 'utf8');

function problems(
  changes: readonly (readonly [string, string])[],
  wire: Wire | null = 'memif',
  sets: string[] = [],
) {
  let text = shipped;
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  try {
    parseProfile(new TextEncoder().encode(text), 'p.yaml', sets.map(readOverride), wire);
  } catch (error) {
    if (error instanceof BadInput) return error.message.split('\n');
    throw error;
  }
  return [];
}

const latency = ['method:', 'latency: {loads: [50 %], duration: 1 s}\nmethod:'] as const;
const paced = ['lineRate: unpaced', 'lineRate: 10 Gbit/s'] as const;
const pktgen = ['generator: testpmd', 'generator: pktgen'] as const;

test('a profile that asks for what its generator can is taken', () => {
  expect(problems([])).toEqual([]);
});

test('a rate that testpmd cannot offer is refused where the generator is named, with those that can', () => {
  expect(problems([paced])).toEqual([
    'p.yaml:6:12: generator: testpmd cannot offer a load at a given rate (packets per second), which lineRate asks for; use native',
  ]);
});

test('everything that is missing is named at once', () => {
  const found = problems([latency]);
  expect(found).toHaveLength(3);
  expect(found.join('\n')).toMatch(
    /take latency.*\n.*histogram.*\n.*given rate.*which latency.loads asks for; use native$/,
  );
});

test('one that cannot be on the wire says why; without a wire nothing is said of it', () => {
  const change = [pktgen, paced, ['flows: 64', 'flows: 1']] as const;
  expect(problems(change)).toEqual([
    'p.yaml:6:12: generator: pktgen cannot be on this testbed\'s memif wire: it panics on net_memif ("Cannot set MTU"); use native',
  ]);
  expect(problems(change, null)).toEqual([]);
});

test.each([
  ['back-to-back', 'send an exact number of packets and stop'],
  ['recovery', 'go on at another rate without a pause'],
])('%s needs what pktgen cannot', (method, capability) => {
  const change = [pktgen, paced, ['flows: 64', 'flows: 1'], ['name: mrr', `name: ${method}`]] as const;
  expect(problems(change, null)).toEqual([
    `p.yaml:6:12: generator: pktgen cannot ${capability}, which method ${method} asks for; use native`,
  ]);
});

test('so is one that --set names', () => {
  expect(problems([], 'memif', ['generator=moongen'])[0]).toMatch(
    /^--set generator=moongen:1:11: generator: moongen cannot send as fast as an unpaced wire/,
  );
});

test('a name that is none is refused with the nearest', () => {
  expect(problems([['generator: testpmd', 'generator: testpdm']])).toEqual([
    'p.yaml:6:12: generator: expected one of native, testpmd, pktgen, moongen, got "testpdm"; did you mean "testpmd"?',
  ]);
});

test('only a generator that emulates a NIC has virtual functions to measure', () => {
  expect(problems([['dataplanes: [forwarder, netvm]', 'dataplanes: [forwarder, sriov]']])).toEqual([
    'p.yaml:6:12: generator: testpmd cannot emulate a NIC with virtual functions, which dataplanes: sriov asks for; use native',
  ]);
});

test('what a generator says it can is something that can be asked for, and said once', () => {
  for (const name of generatorNames) {
    const { can } = generators[name];
    expect(new Set(can).size).toBe(can.length);
    for (const capability of can) expect(capabilities).toHaveProperty(capability);
  }
});
