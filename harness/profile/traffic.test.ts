import { describe, expect, test } from 'vitest';
import { BadInput } from '../model/errors.ts';
import { expand } from './expand.ts';
import { parseProfile } from './parse.ts';

const plain = `schema: profile/1
name: t
dataplanes: [netvm]
chains: [[forward]]
frameSizesBytes: [128]
lineRate: 10 Gbit/s
method: {name: rfc2544, trialDuration: 1 s}
`;

const parse = (text: string) => parseProfile(new TextEncoder().encode(text), 'p.yaml');

function problems(text: string): string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof BadInput) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('a profile that says nothing of traffic has none', () => {
  expect(parse(plain)).not.toHaveProperty('traffic');
  expect(parse(plain)).not.toHaveProperty('imixes');
});

test('what is left out of traffic has its default', () => {
  expect(parse(`${plain}traffic: {}`).traffic).toEqual({
    ip: 4,
    vlan: [],
    arrival: 'constant',
    flowModel: 'cycle',
    replay: null,
    seed: 1,
  });
  const full = parse(
    `${plain}traffic: {ip: 6, vlan: [5, 6], arrival: {burst: 9}, flowModel: {zipf: 1.2}, seed: 3}`,
  );
  expect(full.traffic).toEqual({
    ip: 6,
    vlan: [5, 6],
    arrival: { burst: 9 },
    flowModel: { zipf: 1.2 },
    replay: null,
    seed: 3,
  });
  expect(expand(full).cells[0]?.traffic).toBe('IPv6, VLAN 5 in 6, bursts of 9, Zipf 1.2 flows, seed 3');
});

test('an IMIX stands for its mean, rounded up, and its cells carry it', () => {
  const profile = parse(plain.replace('[128]', '[64, {imix: 7a4A1g, customSizes: {A: 594}}]'));
  expect(profile.frameSizesBytes).toEqual([64, 362]);
  const imix = { genome: '7a4A1g', customSizesBytes: { A: 594 }, meanBytes: 4342 / 12 };
  expect(profile.imixes).toEqual({ 362: imix });
  const cells = expand(profile).cells.map((cell) => [cell.frameSizeBytes, cell.imix]);
  expect(cells).toEqual([
    [64, undefined],
    [362, imix],
  ]);
});

describe('what cannot be is refused with its place and the rule', () => {
  const cases: [string, string, string][] = [
    [plain.replace('[128]', '[{imix: aq}]'), 'frameSizesBytes[0].imix: unknown letter "q"', 'aq'],
    [plain.replace('[128]', '[{imxi: a}]'), 'unknown key "imxi"; did you mean "imix"?', 'imxi'],
    [plain.replace('[128]', '[{imix: A, customSizes: {A: 63}}]'), 'expected at least 64, got 63', '63'],
    [plain.replace('[128]', '[{imix: A, customSizes: {AB: 64}}]'), 'expected a capital letter', '64}}'],
    [
      plain.replace('[128]', '[small]'),
      'expected a frame size in bytes, or {imix: genome}, got "small"',
      'small',
    ],
    [plain.replace('[128]', '[128, {imix: b}]'), 'frameSizesBytes: "128" is here twice', '{imix: b'],
    [
      `${plain.replace('128', '80')}traffic: {ip: 6}`,
      'frameSizesBytes[0]: expected at least 84 bytes with this traffic (14 Ethernet, 40 IPv6, 8 UDP, 18',
      '80',
    ],
    [
      `${plain.replace('[128]', '[{imix: ag}]')}traffic: {vlan: [1]}`,
      'expected at least 68 bytes with this traffic (14 Ethernet, 4 VLAN, 20 IPv4, 8 UDP, 18',
      'ag',
    ],
    [`${plain}traffic: {ip: 5}`, 'traffic.ip: expected 4 or 6', '5'],
    [`${plain}traffic: {vlan: [4095]}`, 'traffic.vlan[0]: expected at most 4094', '4095'],
    [`${plain}traffic: {vlan: [1, 2, 3]}`, 'traffic.vlan: expected at most 2 entries', '[1, 2, 3]'],
    [`${plain}traffic: {arrival: poison}`, 'traffic.arrival: expected constant, poisson or {burst', 'poison'],
    [`${plain}traffic: {arrival: {burst: 0}}`, 'traffic.arrival.burst: expected at least 1, got 0', '0}}'],
    [`${plain}traffic: {arrival: {bursts: 4}}`, 'unknown key "bursts"; did you mean "burst"?', 'bursts'],
    [`${plain}traffic: {flowModel: {zipf: 0}}`, 'expected at least 0.01, got 0', '0}}'],
    [`${plain}flows: 1\ntraffic: {flowModel: {zipf: 1}}`, 'one flow has no others', '{zipf'],
    [
      `${plain.replace('rfc2544', 'back-to-back')}traffic: {arrival: poisson}`,
      'traffic.arrival: back-to-back sends bursts of its own',
      'poisson',
    ],
    [
      `${plain.replace('10 Gbit/s', 'unpaced')}traffic: {arrival: poisson}`,
      'on an unpaced wire packets leave when there is room',
      'poisson',
    ],
    [`${plain}traffic: {replay: {file: a.pcap}, vlan: [1]}`, 'traffic.vlan: the frames of a capture', '[1]'],
    [
      `${plain.replace('[128]', '[64, 128]')}traffic: {replay: {file: a.pcap}}`,
      'a capture has sizes of its own',
      '[64, 128]',
    ],
    [`${plain}traffic: {replay: {file: a.pcap, rate: recorded}}`, 'expected mrr, or rate: load', 'rfc2544'],
    [
      `${plain.replace('rfc2544', 'mrr')}traffic: {arrival: poisson, replay: {file: a.pcap, rate: recorded}}`,
      'traffic.arrival: the recorded times say when packets arrive',
      'poisson',
    ],
    [
      `${plain}generator: pktgen\nflows: 1\ntraffic: {arrival: poisson}`,
      'generator: pktgen cannot send at random times or in bursts, which traffic.arrival asks for; use native',
      'pktgen',
    ],
    [`${plain}traffic: {replay: {rate: load}}`, 'the key "file" is missing', '{rate'],
  ];
  test.each(cases)('%#', (text, message, at) => {
    const before = text.slice(0, text.lastIndexOf(at)).split('\n');
    const found = problems(text);
    expect(found.join('\n')).toContain(message);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`p.yaml:${before.length}:${(before.at(-1) ?? '').length + 1}: `);
  });
});
