import { expect, test } from 'vitest';
import { placesOf, regionOptions, regionsOf } from './domains.ts';

const domains = (nfs: number, trustDomains?: number) =>
  placesOf(
    { nfs: Array<string>(nfs).fill('forward'), ...(trustDomains !== undefined && { trustDomains }) },
    '/huge',
  ).map(([first]) => first?.domain ?? -1);

test('a chain is cut evenly, every domain has an NF, and slots are places in the chain', () => {
  expect(domains(3)).toEqual([0, 0, 0]);
  expect(domains(5, 2)).toEqual([0, 0, 0, 1, 1]);
  expect(domains(4, 2)).toEqual([0, 0, 1, 1]);
  for (let nfs = 1; nfs <= 8; nfs++) {
    for (let count = 1; count <= nfs; count++) {
      const cut = domains(nfs, count);
      const sizes = Array.from({ length: count }, (_, d) => cut.filter((domain) => domain === d).length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(cut).toEqual(cut.toSorted((a, b) => a - b));
    }
  }
  const places = placesOf({ nfs: ['forward', 'monitor'], trustDomains: 2 }, '/huge');
  expect(places).toEqual([
    [{ domain: 0, slot: 0, region: '/huge/region' }],
    [{ domain: 1, slot: 1, region: '/huge/region1' }],
  ]);
  expect(regionsOf({}, '/huge')).toEqual(['/huge/region']);
});

test("each instance has a slot of its own, in its NF's domain", () => {
  const cell = { nfs: ['forward', 'monitor', 'nat'], trustDomains: 2, instances: 2 };
  const places = placesOf(cell, '/huge').map((of) => of.map(({ domain, slot }) => [domain, slot]));
  expect(places).toEqual([
    [
      [0, 0],
      [0, 1],
    ],
    [
      [0, 2],
      [0, 3],
    ],
    [
      [1, 4],
      [1, 5],
    ],
  ]);
});

test('every region is on the node of the core, where the machine has several', () => {
  expect(regionOptions(['/a', '/b'], 1)).toEqual([
    '--region',
    '/a',
    '--node',
    '1',
    '--region',
    '/b',
    '--node',
    '1',
  ]);
  expect(regionOptions(['/a', '/b'], null)).toEqual(['--region', '/a', '--region', '/b']);
});
