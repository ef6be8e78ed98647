import { execFileSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, symlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sample } from './sample.ts';
import { headerField, segmentBytes, writeSegment } from './segment.fixture.ts';
import { eventKind, openTelemetry } from './telemetry.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'netvm-telemetry-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const counters = [
  ['rx.packets', 12n],
  ['drop.wire.full', 2n ** 64n - 1n],
] as const;

describe('a telemetry segment', () => {
  test('is read by name', () => {
    const path = join(dir, 'plain');
    const histogram = new BigUint64Array(25_600);
    histogram[24_744] = 7n;
    writeSegment(path, { counters, histogram });
    const telemetry = openTelemetry(path);
    expect(telemetry.names).toEqual(['rx.packets', 'drop.wire.full']);
    expect(telemetry.tscHz).toBe(2.6e9);
    expect([...telemetry.read()]).toEqual(counters);
    expect(telemetry.histogram()).toEqual(histogram);
    telemetry.close();
    telemetry.close();
    expect(() => telemetry.read()).toThrow(/closed/);
  });

  test('shows what is written later, and outlives its file', () => {
    const path = join(dir, 'live');
    writeSegment(path, { counters });
    const telemetry = openTelemetry(path);
    const value = Buffer.alloc(8);
    value.writeBigUInt64LE(99n);
    writeSync(openSync(path, 'r+'), value, 0, 8, 128 + 2 * 64);
    expect(telemetry.read().get('rx.packets')).toBe(99n);
    rmSync(path);
    expect(telemetry.read().get('rx.packets')).toBe(99n);
    telemetry.close();
  });

  test('gives events from an index on, and counts those that were overwritten', () => {
    const path = join(dir, 'events');
    const events = Array.from(
      { length: 11 },
      (_, i) => [BigInt(i), BigInt(i + 5), 3n, eventKind.wireFull, 1] as const,
    );
    writeSegment(path, { counters, eventsMax: 8, events });
    const telemetry = openTelemetry(path);
    const all = telemetry.events(0n);
    // Of 8 slots one may be in the making.
    expect(all.events.map((event) => event.startTsc)).toEqual([4n, 5n, 6n, 7n, 8n, 9n, 10n]);
    expect(all).toMatchObject({ next: 11n, missed: 4 });
    const some = telemetry.events(9n);
    expect(some).toEqual({
      events: [
        { startTsc: 9n, endTsc: 14n, count: 3, kind: 2, aux: 1 },
        { startTsc: 10n, endTsc: 15n, count: 3, kind: 2, aux: 1 },
      ],
      next: 11n,
      missed: 0,
    });
    expect(telemetry.events(11n).events).toEqual([]);
    expect(telemetry.events(2n ** 64n - 1n).events).toEqual([]);
    telemetry.close();
  });
});

describe('a hostile file', () => {
  const refused = (name: string, bytes: Buffer) => {
    const path = join(dir, name);
    writeFileSync(path, bytes);
    return () => openTelemetry(path);
  };

  test('is refused with one sentence', () => {
    const damaged = (field: keyof typeof headerField, value: bigint | number) => {
      const bytes = segmentBytes({ counters, histogram: new BigUint64Array(25_600) });
      if (typeof value === 'bigint') bytes.writeBigUInt64LE(value, headerField[field]);
      else bytes.writeUInt32LE(value, headerField[field]);
      return refused('damaged', bytes);
    };
    expect(damaged('magic', 0n)).toThrow(/damaged: is not a telemetry segment/);
    expect(damaged('abiVersion', 2)).toThrow(/ABI version 2, this harness reads version 1/);
    expect(damaged('counters', 0)).toThrow(/0 counters/);
    expect(damaged('counters', 0xffffffff)).toThrow(/4294967295 counters/);
    expect(damaged('counters', 4000)).toThrow(/names do not lie within it|values do not lie/);
    expect(damaged('eventsMax', 7)).toThrow(/power of two/);
    expect(damaged('eventsMax', 1 << 20)).toThrow(/events do not lie within it/);
    expect(damaged('histogramLen', 24_576)).toThrow(/histogram of 24576/);
    expect(damaged('namesOffset', 0n)).toThrow(/names/);
    expect(damaged('valuesOffset', 2n ** 64n - 8n)).toThrow(/values/);
    expect(damaged('valuesOffset', 129n)).toThrow(/values/);
    expect(damaged('histogramOffset', 2n ** 63n)).toThrow(/histogram/);
    expect(damaged('tscHz', 0n)).toThrow(/clock of 0 Hz/);
    expect(damaged('totalBytes', 2n ** 40n)).toThrow(/cut short/);
    const { length } = segmentBytes({ counters });
    expect(refused('short', segmentBytes({ counters }).subarray(0, length - 1))).toThrow(/cut short/);
    expect(refused('tiny', Buffer.alloc(127))).toThrow(/127 bytes/);
    expect(refused('empty', Buffer.alloc(0))).toThrow(/0 bytes/);
    expect(refused('twice', segmentBytes({ counters: [...counters, ['rx.packets', 1n]] }))).toThrow(
      /two counters rx.packets/,
    );
    expect(refused('unprintable', segmentBytes({ counters: [['a\nb', 1n]] }))).toThrow(/not printable/);
    expect(refused('endless', segmentBytes({ counters: [['x'.repeat(64), 1n]] }))).toThrow(/does not end/);
  });

  test('that is no regular file is refused, without waiting', () => {
    expect(() => openTelemetry(join(dir, 'none'))).toThrow(/none: No such file/);
    expect(() => openTelemetry(dir)).toThrow(/not a regular file/);
    expect(() => openTelemetry('a\0b')).toThrow(/NUL/);
    execFileSync('mkfifo', [join(dir, 'fifo')]);
    expect(() => openTelemetry(join(dir, 'fifo'))).toThrow(/not a regular file/);
    symlinkSync(join(dir, 'plain'), join(dir, 'link'));
    expect(() => openTelemetry(join(dir, 'link'))).toThrow(/link/);
  });

  test('that is cut short while it is mapped is an error, not a crash', () => {
    const path = join(dir, 'cut');
    writeSegment(path, { counters });
    const telemetry = openTelemetry(path);
    truncateSync(path, 64);
    expect(() => telemetry.read()).toThrow(/cut short by somebody/);
    telemetry.close();
  });

  test('never takes the harness down, whatever its header holds', () => {
    const whole = segmentBytes({ counters, eventsMax: 4, histogram: new BigUint64Array(25_600) });
    const path = join(dir, 'fuzzed');
    const word = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.bigInt({ min: 0n, max: BigInt(whole.length) + 64n }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 2, max: 30 }), word), { maxLength: 3 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const [place, value] of changes) bytes.writeBigUInt64LE(value, place * 4);
        writeFileSync(path, bytes);
        try {
          const telemetry = openTelemetry(path);
          telemetry.read();
          telemetry.events(0n);
          telemetry.histogram();
          telemetry.close();
        } catch (error) {
          expect((error as Error).message).toContain('fuzzed');
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('the sampler', () => {
  test('takes samples while the event loop is blocked', async () => {
    const path = join(dir, 'sampled');
    writeSegment(path, { counters });
    const sampling = sample(path, ['drop.wire.full', 'rx.packets'], { hz: 1000, durationMsMax: 10_000 });
    // No timer, no promise: the loop stands still.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    const { timesTsc, values, missed } = sampling.stop();
    expect(timesTsc.length).toBeGreaterThan(1);
    expect(values.length).toBe(2 * timesTsc.length);
    expect([values[0], values[1]]).toEqual([2n ** 64n - 1n, 12n]);
    expect(missed).toBe(0);
    expect(timesTsc.every((time, i) => i === 0 || time > (timesTsc[i - 1] ?? 0n))).toBe(true);
    expect(sampling.stop().timesTsc).toEqual(timesTsc);
  });

  test('counts what did not fit', () => {
    const path = join(dir, 'full');
    writeSegment(path, { counters });
    const sampling = sample(path, ['rx.packets'], { hz: 10_000, durationMsMax: 1, core: 0 });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    const { timesTsc, missed } = sampling.stop();
    expect(timesTsc.length).toBe(11);
    expect(missed).toBeGreaterThan(0);
  });

  test('refuses what it cannot sample', () => {
    const path = join(dir, 'plain-again');
    writeSegment(path, { counters });
    expect(() => sample(path, ['no.such'], { hz: 100, durationMsMax: 10 })).toThrow(/no counter no.such/);
    expect(() => sample(path, ['rx.packets'], { hz: 0, durationMsMax: 10 })).toThrow(/hz: expected/);
    expect(() => sample(path, ['rx.packets'], { hz: 100, durationMsMax: 1e12 })).toThrow(/rowsMax/);
  });
});
