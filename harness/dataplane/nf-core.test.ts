import { expect, test } from 'vitest';
import { nfCore } from './dataplane.ts';

test("NFs are on their cores in the order of the chain, from the first on again; and on the data plane's where there are none", () => {
  const places = [0, 1, 2, 3, 4];
  expect(places.map((place) => nfCore({ core: 1, nfCores: [5, 2, 7] }, place))).toEqual([5, 2, 7, 5, 2]);
  expect(places.map((place) => nfCore({ core: 1, nfCores: [] }, place))).toEqual([1, 1, 1, 1, 1]);
  expect(nfCore({ core: 1 }, 3)).toBe(1);
});
