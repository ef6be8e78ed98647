import fc from 'fast-check';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findGenerator } from './find.ts';
import { readCounters, readLinkBps, releaseOf } from './pktgen-releases.ts';
import { readPortStats, readVersion } from './testpmd-stats.ts';

/** As dpdk-testpmd of DPDK 22.11 said it. */
const portStats = `show port stats 0

  ######################## NIC statistics for port 0  ########################
  RX-packets: 16566304   RX-missed: 0          RX-bytes:  0
  RX-errors: 0
  RX-nombuf:  0         
  TX-packets: 16314400   TX-errors: 7          TX-bytes:  0

  Throughput (since last show)
  Rx-pps:      7963580          Rx-bps:            0
  Tx-pps:      7842488          Tx-bps:            0
  ############################################################################
`;

describe('testpmd', () => {
  test('its counters and version are read', () => {
    expect(readPortStats(portStats)).toEqual({ sent: 16314400, received: 16566304 });
    expect(readVersion("EAL: RTE Version: 'DPDK 22.11.11'\n")).toBe('22.11.11');
    expect(readVersion('EAL: Detected CPU lcores: 2')).toBeNull();
  });

  test('a counter that is not there, or no number, is an error that shows what was', () => {
    expect(() => readPortStats('Invalid port 0')).toThrow(/"TX-packets: <count>".*got "Invalid port 0"/);
    expect(() =>
      readPortStats(portStats.replace('TX-packets: 16314400', 'TX-packets: 99999999999999999999')),
    ).toThrow(/TX-packets/);
  });
});

describe('pktgen', () => {
  test('counters and link are read', () => {
    expect(readCounters('16857376 724374848')).toEqual({ sent: 16857376, received: 724374848 });
    expect(readLinkBps('<UP-10000-FD>')).toBe(10e9);
    expect(readLinkBps('<--Down-->')).toBeNull();
    expect(releaseOf('Pktgen 23.06.1').version).toBe('23.06.1');
  });

  test('whatever else comes is an error, or what it looks like', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('constructor', '1', '-1 2', '1 2 3', 'nil nil'));
    fc.assert(
      fc.property(text, (text) => {
        for (const read of [readCounters, readLinkBps, releaseOf]) {
          try {
            read(text);
          } catch (error) {
            expect((error as Error).message).toMatch(/^Pktgen/);
          }
        }
      }),
    );
    expect(() => readCounters('-1 2')).toThrow('expected two counters');
  });
});

describe('a generator that is not of this repository', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'netvm-find-'));
    writeFileSync(join(dir, 'pktgen'), '', { mode: 0o700 });
    writeFileSync(join(dir, 'plain'), '', { mode: 0o600 });
    symlinkSync(join(dir, 'pktgen'), join(dir, 'link'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test('is found on the PATH, or where the testbed says', () => {
    const found = { file: join(dir, 'pktgen') };
    expect(findGenerator('pktgen', {}, `/nowhere:${dir}`)).toEqual(found);
    expect(findGenerator('moongen', { moongen: join(dir, 'link') }, '')).toEqual(found);
  });

  test('is missed with how to get it', () => {
    expect(findGenerator('moongen', {}, dir)).toEqual({
      missing: expect.stringMatching(/^there is no MoonGen on the PATH: .* as generator\.moongen$/) as string,
    });
    // A relative PATH is whoever wrote it in that directory.
    expect(findGenerator('pktgen', {}, '.')).toHaveProperty('missing');
  });

  test.each([
    ['gone', 'is not there'],
    ['plain', 'cannot be executed'],
    ['.', 'is not a plain file'],
  ])('is not looked for elsewhere where the testbed names %s', (name, fault) => {
    const said = join(dir, name);
    expect(findGenerator('pktgen', { pktgen: said }, dir)).toEqual({
      missing: `${said}, which the testbed names as generator.pktgen, ${fault}`,
    });
  });
});
