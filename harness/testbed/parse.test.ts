import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BadInput } from '../model/errors.ts';
import { parseTestbed } from './parse.ts';

const shipped = readFileSync(join(import.meta.dirname, '../../testbeds/local.yaml'), 'utf8');

function problems(text: string, machineCores = [0, 1]): string[] {
  try {
    parseTestbed(new TextEncoder().encode(text), 't.yaml', machineCores);
  } catch (error) {
    if (error instanceof BadInput) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('the local testbed is read', () => {
  expect(parseTestbed(new TextEncoder().encode(shipped), 't.yaml', [0, 1])).toEqual({
    name: 'local',
    kind: 'local',
    generatorCore: 0,
    deviceCore: 1,
    nfCores: [],
    txCores: [0],
    rxCores: [0],
    pages2M: 448,
    generatorFiles: {},
  });
});

const withCores = (lists: string) => shipped.replace('cores: [0]', `cores: [0]\n  ${lists}`);
const many = Array.from({ length: 20 }, (_, core) => core);

test('senders and receivers have the cores that the file gives them, and the generator core where it gives none', () => {
  const read = (lists: string) => {
    const { generatorCore, txCores, rxCores } = parseTestbed(
      new TextEncoder().encode(withCores(lists)),
      't.yaml',
      many,
    );
    return { generatorCore, txCores, rxCores };
  };
  expect(read('txCores: [2, 3]\n  rxCores: [3]')).toEqual({
    generatorCore: 0,
    txCores: [2, 3],
    rxCores: [3],
  });
  expect(read('txCores: [2, 0]')).toEqual({ generatorCore: 0, txCores: [2, 0], rxCores: [0] });
  expect(read('rxCores: [5]')).toEqual({ generatorCore: 0, txCores: [0], rxCores: [5] });
  expect(
    read(
      `txCores: [${many
        .filter((core) => core !== 1)
        .slice(0, 16)
        .join()}]`,
    ).txCores,
  ).toHaveLength(16);
});

test("the first core of the device is the data plane's, those that follow are its NFs', and none is the generator's", () => {
  const read = (cores: string, lists: string) =>
    parseTestbed(new TextEncoder().encode(withCores(lists).replace('cores: [1]', cores)), 't.yaml', many);
  expect(read('cores: [1]', 'txCores: [2]')).toMatchObject({ deviceCore: 1, nfCores: [] });
  expect(read('cores: [3, 5, 4]', 'txCores: [2]')).toMatchObject({ deviceCore: 3, nfCores: [5, 4] });
  const problem = (cores: string, lists: string) =>
    problems(withCores(lists).replace('cores: [1]', cores), many).join('\n');
  expect(problem('cores: [1, 3]', 'txCores: [2, 3]')).toBe(
    "t.yaml:8:16: generator.txCores: core 3 is the device's; each end needs cores of its own",
  );
  expect(problem('cores: [1, 3]', 'rxCores: [3]')).toContain("generator.rxCores: core 3 is the device's");
  expect(problem('cores: [1, 99]', 'txCores: [2]')).toContain('device.cores: core 99 is not on this machine');
});

test.each([
  [
    'a core the machine has not',
    'txCores: [0, 99]',
    '8:16: generator.txCores: core 99 is not on this machine; expected one of 0,',
  ],
  [
    'two loops on one core',
    'rxCores: [2, 2]',
    '8:16: generator.rxCores: core 2 is in the list twice; expected each core once',
  ],
  [
    "the device's core",
    'txCores: [0, 1]',
    "8:16: generator.txCores: core 1 is the device's; each end needs cores of its own",
  ],
  [
    'more receivers than senders',
    'rxCores: [2, 3]',
    '8:12: generator.rxCores: 2 cores receive and 1 send; expected no more receivers than senders',
  ],
  ['no sender', 'txCores: []', '8:12: generator.txCores: expected at least 1 entries, got 0'],
  [
    'too many',
    `txCores: [${many.slice(2, 19).join()}]`,
    '8:12: generator.txCores: expected at most 16 cores',
  ],
  ['a name that is nearly right', 'txcores: [0]', '8:3: unknown key "txcores"; did you mean "txCores"?'],
])('%s among several cores is refused with its place', (_name, lists, message) => {
  expect(problems(withCores(lists), many).join('\n')).toContain(`t.yaml:${message}`);
});

test.each([
  [
    'a core the machine has not',
    'cores: [1]',
    'cores: [7]',
    '9:11: device.cores: core 7 is not on this machine; expected one of 0, 1',
  ],
  ['one core for both', 'cores: [1]', 'cores: [0]', "9:11: device.cores: core 0 is the generator's already"],
  ['no core', 'cores: [1]', 'cores: []', '9:10: device.cores: expected at least 1 entries, got 0'],
  [
    "the generator's core among the NFs'",
    'cores: [1]',
    'cores: [1, 0]',
    "9:14: device.cores: core 0 is the generator's already",
  ],
  [
    'a core twice',
    'cores: [1]',
    'cores: [1, 1]',
    '9:14: device.cores: core 1 is in the list twice; expected each core once',
  ],
  [
    'more cores than there can be processes',
    'cores: [1]',
    `cores: [${Array.from({ length: 34 }, (_, core) => core + 1).join()}]`,
    '9:10: device.cores: expected at most 33 cores',
  ],
  ['a negative core', 'cores: [1]', 'cores: [-1]', '9:11: device.cores[0]: expected at least 0, got -1'],
  [
    'a kind that is not there',
    'kind: local',
    'kind: locla',
    '5:7: kind: expected local, got "locla"; did you mean "local"?',
  ],
  ['an unknown key', 'pages2M', 'pages2m', '11:3: unknown key "pages2m"; did you mean "pages2M"?'],
  [
    'a generator without an absolute path',
    'cores: [0]',
    'cores: [0]\n  pktgen: bin/pktgen',
    '8:11: generator.pktgen: expected an absolute path, for example /usr/local/bin/pktgen',
  ],
  ['too few pages', '448', '1', '11:12: hugepages.pages2M: expected at least 64, got 1'],
])('%s is refused with its place', (_name, from, to, message) => {
  const text = shipped.replace(from, to);
  expect(text).not.toBe(shipped);
  expect(problems(text).join('\n')).toContain(`t.yaml:${message}`);
});
