import { expect, test } from 'vitest';
import type { Testbed } from '../testbed/parse.ts';
import { coreUse, coreUseSentence } from './core-use.ts';

const lab: Testbed = {
  name: 'lab',
  kind: 'local',
  generatorCore: 0,
  deviceCore: 3,
  nfCores: [5, 4],
  txCores: [1, 2],
  rxCores: [2],
  pages2M: 448,
  generatorFiles: {},
};

test('which core does what, as the testbed has it', () => {
  expect(coreUse(lab)).toEqual({ generator: [1, 2], dataplane: 3, nfs: [5, 4] });
  expect(coreUseSentence(lab)).toBe(
    'Cores of testbed lab: generator on 1, 2; data plane on 3, NFs in the order of the chain on 5, 4, and from 5 on again where there are more.',
  );
  expect(coreUseSentence({ ...lab, nfCores: [] })).toMatch(/; data plane and NFs on 3\.$/);
});
