import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recover } from './hold.ts';
import { JournalWriter, readJournal } from './journal.ts';
import { isAlive, thisProcess } from './owner.ts';

let base = '';
let file = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'netvm-journal-'));
  file = join(base, 'state', 'local.run.jsonl');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const dead = { ...thisProcess(), startTicks: '1' };

test('what was announced is read back; a line that was cut short was never acted upon', () => {
  const journal = new JournalWriter(file, dead, 'r1');
  journal.announce('huge pages', { before: 0, target: 8 });
  appendFileSync(file, '{"type":"announce","step":"run dir');
  expect(readJournal(file)).toMatchObject({
    runId: 'r1',
    owner: dead,
    announced: [{ step: 'huge pages', state: { before: 0, target: 8 } }],
  });
  journal.remove();
  expect(readJournal(file)).toBeNull();
});

test('there is one journal at a time', () => {
  const first = new JournalWriter(file, dead, 'r1');
  expect(() => new JournalWriter(file, dead, 'r2')).toThrow('EEXIST');
  expect(readJournal(file)?.runId).toBe('r1');
  first.remove();
});

test('an owner is alive only with its start time and in this boot', () => {
  expect(isAlive(thisProcess())).toBe(true);
  expect(isAlive(dead)).toBe(false);
  expect(isAlive({ ...thisProcess(), bootId: 'another' })).toBe(false);
});

test('of another boot nothing is undone, since nothing is left of it', async () => {
  new JournalWriter(file, { ...dead, bootId: 'another' }, 'r1').announce('no such step', {});
  expect(await recover(file)).toEqual([]);
  expect(readJournal(file)).toBeNull();
});

test('a step that cannot be undone keeps its journal, and says so', async () => {
  new JournalWriter(file, dead, 'r1').announce('no such step', {});
  await expect(recover(file)).rejects.toThrow(
    'not everything could be put back (the journal names the unknown step',
  );
  expect(readJournal(file)?.runId).toBe('r1');
});
