import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exitCode, UserError } from '../../model/errors.ts';
import { readSteps } from './steps.ts';

const good = {
  ...{ schema: 'steps/1', command: 'bench-steps', core: 1, tscGhz: 2, checksum: 1 },
  steps: [{ step: 'ring hop, a packet', cycles: 3, ns: 1.5, cyclesMin: 2, cyclesMax: 4 }],
};

let dir = '';
let file = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netvm-steps-'));
  file = join(dir, 'steps.json');
});
afterEach(async () => rm(dir, { recursive: true, force: true }));

test('steps are read, and none where there is no file', async () => {
  expect(await readSteps(file)).toBeNull();
  await writeFile(file, JSON.stringify(good));
  expect(await readSteps(file)).toEqual(good);
});

test.each<[string, () => Promise<unknown>, RegExp]>([
  ['cut short', () => writeFile(file, JSON.stringify(good).slice(0, 60)), /is truncated or not JSON/],
  ['empty', () => writeFile(file, ''), /is truncated or not JSON/],
  ['no document', () => writeFile(file, 'null'), /does not follow schema steps\/1 \(the document: /],
  ['of another schema', () => writeFile(file, JSON.stringify({ ...good, core: -1 })), /steps\/1 \(core: /],
  ['a link', () => symlink('/etc/hostname', file), /is a symbolic link/],
  ['huge', () => writeFile(file, '').then(() => truncate(file, 2 ** 34)), /expected at most 1048576/],
])('a file that is %s is refused with the remedy', async (_, damage, sentence) => {
  await damage();
  const error: unknown = await readSteps(file).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  const { code, message } = error as UserError;
  expect(code).toBe(exitCode.badInput);
  expect(message).toMatch(sentence);
  expect(message.startsWith(`${file} `)).toBe(true);
  expect(message).toMatch(/: delete it, and --resume measures it again$/);
});
