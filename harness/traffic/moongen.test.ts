import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { moongen, moongenLatency, moongenThroughput, type MoongenSite } from './moongen.ts';
import { readHistogram, readResult } from './moongen-results.ts';

const never = new AbortController().signal;
const scripts = resolve(import.meta.dirname, '../../native/moongen');
const request = {
  frameSizeBytes: 64,
  pps: 1e6,
  durationMs: 1_000,
  flows: 16,
  stampEvery: 64,
  lineRateBps: 10e9,
  drainMs: 10,
};

let runDir: string;
beforeEach(() => {
  runDir = mkdtempSync(join(tmpdir(), 'netvm-moongen-'));
});
afterEach(() => rmSync(runDir, { recursive: true }));

/** Our scripts in luajit on a mock of MoonGen, whose device forwards so many packets a second. */
function mocked(capacityPps: number): MoongenSite {
  return program(`exec luajit '${scripts}/test/mock.lua' ${capacityPps} "$@"`);
}

function program(command: string): MoongenSite {
  const file = join(runDir, 'MoonGen');
  writeFileSync(file, `#!/bin/sh\n${command}\n`, { mode: 0o700 });
  return { file, core: 0, runDir, signal: never, scripts, txDevice: 0, rxDevice: 1 };
}

describe('the scripts, on a mock of MoonGen', () => {
  test('a load is offered and counted', async () => {
    const report = await moongen(mocked(5e6)).trial(request, never);
    expect(report).toMatchObject({ intendedPps: 1e6, lost: 0 });
    expect(report.received).toBe(report.sent);
    expect(report.sent).toBeGreaterThanOrEqual(1e6);
    expect(report.offeredPps / 1e6).toBeCloseTo(1);
  });

  test('so is one that is too much, and the next one is counted by itself', async () => {
    const generator = moongen(mocked(250_000));
    for (let i = 0; i < 2; i++) {
      const { sent, received } = await generator.trial(request, never);
      expect(received / sent).toBeCloseTo(0.25);
    }
  });

  test('latency comes as a histogram that holds every sample', async () => {
    const { result, histogram } = await moongenLatency(mocked(5e6), request);
    // One a millisecond; the mock loses every tenth, and the others take 1000, 1001 or 1002 ns.
    expect(result.samples).toBe(900);
    expect(histogram).toEqual([1000, 1001, 1002].map((ns) => ({ ns, count: 300 })));
  });

  test.each([
    [3e6, 14_880_952, 3e6],
    // What the wire carries is all that can be found.
    [5e6, 4e6, 4e6],
  ])('RFC 2544 finds a device of %d pps from %d on', async (capacityPps, maxPps, found) => {
    const { lowerPps, upperPps } = await moongenThroughput(mocked(capacityPps), request, {
      maxPps,
      resolution: 0.01,
    });
    expect(lowerPps).toBeLessThanOrEqual(found * 1.0001);
    expect(upperPps).toBeGreaterThanOrEqual(found * 0.9999);
    expect(upperPps - lowerPps).toBeLessThanOrEqual(0.01 * maxPps);
  });
});

test('a MoonGen that fails says its last words', async () => {
  const generator = moongen(program('echo "[FATAL] no such device"; exit 1'));
  await expect(generator.trial(request, never)).rejects.toThrow(
    'moongen exited with status 1: [FATAL] no such device',
  );
});

test('an unpaced trial is refused', async () => {
  await expect(moongen(mocked(1e6)).trial({ ...request, pps: 0 }, never)).rejects.toThrow('is given a rate');
});

describe('what it says is read with care', () => {
  const said = '[INFO] x\nnetvm load {"pps":1,"received":2,"seconds":1,"sent":3}\n[INFO] bye\n';
  test('one line among others', () => {
    expect(readResult('load', said)).toEqual({ pps: 1, received: 2, seconds: 1, sent: 3 });
  });

  test.each([
    ['nothing', '[INFO] x\n', 'expected one line "netvm load {...}", got 0'],
    ['two', said + said, 'got 2'],
    ['no JSON', 'netvm load {"pps":\n', 'not as expected|expected object'],
    ['a negative count', said.replace('"sent":3', '"sent":-3'), 'netvm load: sent'],
    ['half a packet', said.replace('"sent":3', '"sent":2.5'), 'netvm load: sent'],
    ['no time', said.replace('"seconds":1', '"seconds":0'), 'netvm load: seconds'],
    ['a field left out', said.replace('"sent":3', '"snet":3'), 'netvm load: sent'],
  ])('%s', (_, text, message) => {
    expect(() => readResult('load', text)).toThrow(new RegExp(message.replaceAll(/[{}.]/g, '\\$&')));
  });

  test('a histogram', () => {
    expect(readHistogram('448,10\n1011.2,3\n')).toEqual([
      { ns: 448, count: 10 },
      { ns: 1011.2, count: 3 },
    ]);
    expect(readHistogram('')).toEqual([]);
  });

  test.each(['448', '448,x', '-1,1', 'nan,1', '448,1\n448,1', '99999999999,1', '1,1;2,2', '1e3,1'])(
    'a histogram of %j is refused with its line',
    (csv) => {
      expect(() => readHistogram(csv)).toThrow(/^MoonGen: histogram line [12]: expected a rising value/);
    },
  );
});
