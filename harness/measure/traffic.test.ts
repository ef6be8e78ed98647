import { expect, test } from 'vitest';
import { plainTraffic } from '../model/traffic.ts';
import { trafficOf } from './context.ts';
import { cell, plan } from './doubles.fixture.ts';

const imix = { genome: '2aA', customSizesBytes: { A: 594 }, meanBytes: 240.7 };
const traffic = { ...plainTraffic, arrival: 'poisson' } as const;

test('a plain cell asks its generator for nothing but a load, whatever the profile says', () => {
  expect(trafficOf(cell(), plan([], {}).profile)).toEqual({});
  // The reflector of the ceiling: 64 bytes have no room for what a profile may want.
  expect(trafficOf(cell(), plan([], { traffic }).profile)).toEqual({});
});

test('a cell with an IMIX and traffic asks for its sizes in order, and for the traffic as it stands', () => {
  const wanted = cell({ imix, traffic: 'Poisson, seed 1' });
  expect(trafficOf(wanted, plan([wanted], { traffic }).profile)).toEqual({
    imixSizesBytes: [64, 64, 594],
    traffic,
  });
});
