import { describe, expect, test } from 'vitest';
import {
  describeKind,
  describeLeast,
  describeTraffic,
  leastFrameBytes,
  plainTraffic,
  trafficFeatures,
} from './traffic.ts';
import type { Traffic } from './traffic.ts';

const traffic = (changes: Partial<Traffic>): Traffic => ({ ...plainTraffic, ...changes });
const replay = { file: '/data/lunch.pcap', rate: 'recorded', tag: false } as const;

test('plain traffic needs nothing of its generator, and no words', () => {
  expect(trafficFeatures({})).toEqual([]);
  expect(trafficFeatures({ traffic: plainTraffic })).toEqual([]);
  expect(describeTraffic(plainTraffic)).toBeNull();
});

describe('what some traffic needs, and how it is called', () => {
  test.each<[Partial<Traffic>, string[], string]>([
    [{ ip: 6 }, ['ipv6'], 'IPv6'],
    [{ vlan: [7] }, ['vlan'], 'VLAN 7'],
    [{ vlan: [7, 8] }, ['qinq'], 'VLAN 7 in 8'],
    [{ arrival: 'poisson', seed: 5 }, ['poisson'], 'Poisson, seed 5'],
    [{ arrival: { burst: 32 } }, ['burst'], 'bursts of 32'],
    [{ flowModel: 'uniform' }, ['uniform'], 'uniform flows, seed 1'],
    [{ flowModel: { zipf: 1.1 } }, ['zipf'], 'Zipf 1.1 flows, seed 1'],
    [{ flowModel: { churn: 500 } }, ['churn'], '500 new flows a second'],
    [{ replay }, ['replay', 'replay-recorded'], 'replay of lunch.pcap at recorded rate'],
    [{ replay: { ...replay, rate: 'load' } }, ['replay'], 'replay of lunch.pcap at load rate'],
  ])('%j', (changes, features, words) => {
    expect(trafficFeatures({ traffic: traffic(changes) })).toEqual(features);
    expect(describeTraffic(traffic(changes))).toBe(words);
  });

  test('several at once', () => {
    const all = traffic({ ip: 6, vlan: [1, 2], arrival: 'poisson', flowModel: { zipf: 1 } });
    expect(trafficFeatures({ imixSizesBytes: [100], traffic: all })).toEqual([
      'imix',
      'ipv6',
      'qinq',
      'poisson',
      'zipf',
    ]);
    expect(describeTraffic(all)).toBe('IPv6, VLAN 1 in 2, Poisson, Zipf 1 flows, seed 1');
  });
});

test('a cell says what its packets are besides their size', () => {
  const imix = { genome: '7a4A', customSizesBytes: { A: 594 }, meanBytes: 256.7 };
  expect(describeKind({})).toBeNull();
  expect(describeKind({ imix, traffic: 'IPv6' })).toBe('IMIX 7a4A (A: 594), IPv6');
  expect(describeKind({ imix: { ...imix, customSizesBytes: {} } })).toBe('IMIX 7a4A');
});

test('longer headers make the smallest frame longer', () => {
  const least = (ip: 4 | 6, vlan: number[]) => leastFrameBytes({ ip, vlan });
  expect([least(4, []), least(4, [1]), least(4, [1, 2])]).toEqual([64, 68, 72]);
  expect([least(6, []), least(6, [1]), least(6, [1, 2])]).toEqual([84, 88, 92]);
  expect(describeLeast({ ip: 6, vlan: [1, 2] })).toBe(
    '14 Ethernet, 8 VLAN, 40 IPv6, 8 UDP, 18 sequence and time, 4 CRC',
  );
});
