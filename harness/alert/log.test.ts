import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emptyBook } from './book.ts';
import { conclude } from './life.ts';
import { appendToLog, readLog } from './log.ts';
import { confirmed, suspicionOf } from './suspicion.fixture.ts';

let dir = '';
let file = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-alerts-'));
  file = join(dir, 'results', 'alerts.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const raise = (nf: string, at: number) => {
  const suspicion = suspicionOf({ nf, at });
  return appendToLog(file, (book) => conclude(book, suspicion, confirmed(suspicion)));
};

test('what was written is read back; what is not there is empty', async () => {
  expect((await readLog(file)).book).toEqual(emptyBook);
  await raise('forward', 10);
  const { book } = await raise('dpi', 20);
  expect(book.alerts.size).toBe(2);
  expect((await readLog(file)).book).toEqual(book);
  // Nothing to say: nothing is written.
  expect((await raise('dpi', 20)).events).toEqual([]);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3);
});

test('cut anywhere, it is read as far as it is sound, says so, and goes on from there', async () => {
  await raise('forward', 10);
  const first = readFileSync(file).length;
  await raise('dpi', 20);
  const whole = readFileSync(file);
  for (const length of [0, 1, 40, first - 1, first, first + 1, whole.length - 1, whole.length]) {
    writeFileSync(file, whole);
    truncateSync(file, length);
    const { book, torn } = await readLog(file);
    const lines = length < first ? 0 : length < whole.length ? 1 : 2;
    expect(book.seq).toBe(lines);
    const isWhole = [0, first, whole.length].includes(length);
    if (isWhole) expect(torn).toBeNull();
    else expect(torn).toContain(`alerts.jsonl:${lines + 1}: the last line is torn`);
    await raise('forward', 10);
    await raise('dpi', 20);
    const again = await readLog(file);
    expect(again.torn).toBeNull();
    expect(again.book.alerts.size).toBe(2);
  }
});

test.each([
  ['not JSON', '{"schema":\n', /alerts\.jsonl:2: not JSON/],
  ['another version', '{"schema":"alert-log/2"}\n', /alerts\.jsonl:2: its "schema" is "alert-log\/2"/],
  ['a shape it does not know', '{"schema":"alert-log/1","seq":2}\n', /alerts\.jsonl:2: time: /],
  [
    'an event twice',
    '{"schema":"alert-log/1","seq":1,"time":"2026-01-01T00:00:00.000Z","event":{"type":"channel","channel":"x"}}\n',
    /alerts\.jsonl:2: event 1 follows event 1/,
  ],
  [
    'an event that cannot be',
    '{"schema":"alert-log/1","seq":2,"time":"2026-01-01T00:00:00.000Z","event":{"type":"fixed","alert":"00000000","by":"x","reason":""}}\n',
    /alerts\.jsonl:2: there is no alert 00000000/,
  ],
])('damage is refused with its line: %s', async (_, line, message) => {
  await raise('forward', 10);
  appendFileSync(file, line);
  await expect(readLog(file)).rejects.toThrow(message);
  const before = readFileSync(file);
  await expect(raise('dpi', 20)).rejects.toThrow(message);
  expect(readFileSync(file)).toEqual(before);
});

test('what could not be read back is not written', async () => {
  const channel = 'x'.repeat(201);
  await expect(appendToLog(file, () => [{ type: 'channel', channel }])).rejects.toThrow(/cannot be logged/);
  expect((await readLog(file)).book.seq).toBe(0);
});

test('two writers at once lose nothing of each other', async () => {
  const run = promisify(execFile);
  const fixture = join(import.meta.dirname, 'append.fixture.ts');
  await Promise.all(['a', 'b'].map((name) => run(process.execPath, [fixture, file, name, '20'])));
  const { book } = await readLog(file);
  expect([...book.channels.keys()].sort()).toEqual(
    ['a', 'b'].flatMap((name) => Array.from({ length: 20 }, (_, i) => `${name}-${i}`)).sort(),
  );
});
