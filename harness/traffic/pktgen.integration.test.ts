import { createConnection } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Generator } from './generator.ts';
import { startPktgen } from './pktgen.ts';

const never = new AbortController().signal;
/** As it was when the dialogues were recorded. */
const recorded = {
  frameSizeBytes: 64,
  pps: 1e6,
  durationMs: 2_000,
  flows: 1,
  stampEvery: 1,
  lineRateBps: 10e9,
  drainMs: 10,
};

let runDir: string;
let started: Generator | null;
beforeEach(() => {
  runDir = mkdtempSync(join(tmpdir(), 'netvm-pktgen-'));
  started = null;
});
afterEach(async () => {
  await started?.down();
  rmSync(runDir, { recursive: true });
});

function dialogue(release: string): string {
  return join(import.meta.dirname, `pktgen-${release}.dialogue.json`);
}

/** The double, as a program that the driver starts by its path. */
async function start(release: string, mode = ''): Promise<Generator> {
  const file = join(runDir, 'pktgen');
  const command = [process.execPath, join(import.meta.dirname, 'pktgen.fixture.ts'), dialogue(release), mode];
  writeFileSync(file, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`, {
    mode: 0o700,
  });
  started = await startPktgen({ file, core: 0, runDir, port: 'net_null0', signal: never });
  return started;
}

describe.each(['23.03.1', '23.06.1'])('release %s, from its recorded dialogue', (release) => {
  test('is asked its version and told a trial; its counters are what was recorded', async () => {
    const generator = await start(release);
    expect(generator.version).toBe(release);
    expect(await generator.linkUp(never)).toBe(true);
    const report = await generator.trial(recorded, never);
    const counters = [
      ...readFileSync(dialogue(release), 'utf8').matchAll(/true ([0-9]+) ([0-9]+) netvm/g),
    ].map(([, sent, received]) => [Number(sent), Number(received)]);
    const [, [sentBefore = 0, receivedBefore = 0] = [], , [sentAfter = 0, receivedAfter = 0] = []] = counters;
    expect(sentAfter).toBeGreaterThan(sentBefore);
    expect(report).toMatchObject({
      intendedPps: 1e6,
      sent: sentAfter - sentBefore,
      received: receivedAfter - receivedBefore,
    });
    expect(report.offeredPps).toBeCloseTo((report.sent * 1e9) / report.durationNs);
  });
});

test('its prompt, which listens on every address, is reached by nobody else', async () => {
  await start('23.06.1');
  const socket = createConnection(22022, '127.0.0.1');
  const refused = await new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.once('connect', () => resolve('connected'));
  });
  socket.destroy();
  expect(refused).toBe('ECONNREFUSED');
});

test('a release that is not known is refused with those that are, and nothing is left', async () => {
  await expect(start('23.06.1', 'newer')).rejects.toThrow(
    'Pktgen says "Pktgen 99.01.0"; expected one of the releases 23.03.1, 23.06.1',
  );
});

test('one that dies says its last words', async () => {
  const generator = await start('23.06.1', 'dies');
  await generator.linkUp(never);
  await expect(generator.trial(recorded, never)).rejects.toThrow(
    'pktgen exited with status 134: !PANIC!: Cannot set MTU',
  );
});

test('one that falls silent is given up, and what it was asked is named', async () => {
  await expect(start('23.06.1', 'silent')).rejects.toThrow(
    'Lua did not answer within 5000 ms: pktgen.screen("off")',
  );
});

test('what Lua refuses is an error', async () => {
  const generator = await start('23.06.1');
  await generator.linkUp(never);
  await expect(generator.trial({ ...recorded, frameSizeBytes: 128 }, never)).rejects.toThrow(
    /^Lua: not in the recorded dialogue \(in pktgen\.set/,
  );
});

test.each([
  ['no rate', { pps: 0 }, 'pktgen always paces itself'],
  ['too little time', { durationMs: 500 }, 'expected a trial of at least 1000 ms, got 500'],
])('a trial of %s is refused', async (_, changes, message) => {
  const generator = await start('23.06.1');
  await expect(generator.trial({ ...recorded, ...changes }, never)).rejects.toThrow(message);
});
