import { deflateSync } from 'node:zlib';
import { HistogramLogReader, listTags } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { logOf } from './archive.fixture.ts';
import { parseHlog, standardHlog } from './hlog.ts';

describe('a histogram log', () => {
  test('is read by the library, with its start time, tag, times and every value', () => {
    const text = standardHlog('latency/0-netvm-64B-50pct.hlog', logOf([1_000, 5_000]), 'a run');
    const reader = new HistogramLogReader(text, 64);
    const histogram = reader.nextIntervalHistogram();
    expect(listTags(text)).toEqual(['0-netvm-64B-50pct']);
    expect(reader.startTimeSec).toBe(1_000_000_000.5);
    expect(histogram).toMatchObject({
      totalCount: 2_000,
      tag: '0-netvm-64B-50pct',
      startTimeStampMsec: 1_000_000_000_500,
      endTimeStampMsec: 1_000_000_000_750,
    });
    expect(histogram?.getValueAtPercentile(50)).toBe(1_000);
    expect(reader.nextIntervalHistogram()).toBeNull();
    expect(text).toContain('#[Run: a run]\n');
    expect(text).toContain('#[netvm, 64 B]\n');
  });

  test('that was made standard once stays as it is', () => {
    const once = standardHlog('x.hlog', logOf([1_000]), 'run');
    const twice = standardHlog('x.hlog', once, 'run');
    const rows = (text: string) => text.split('\n').filter((line) => line.startsWith('Tag='));
    expect(rows(twice)).toEqual(rows(once));
    expect(twice.match(/StartTime:/g)).toHaveLength(1);
  });

  test('without a packet has a head and no interval', () => {
    expect(parseHlog('x.hlog', '#[Synthetic histogram log]\n').intervals).toEqual([]);
    expect(standardHlog('x.hlog', '#[a\u001b[31m]\n', 'run')).toContain('#[a\ufffd[31m]\n');
  });

  const bomb = () => {
    const packed = deflateSync(Buffer.alloc(64 << 20));
    const head = Buffer.alloc(8);
    head.writeInt32BE(0x1c849304, 0);
    head.writeInt32BE(packed.length, 4);
    return Buffer.concat([head, packed]).toString('base64');
  };
  test.each<[string, () => string, RegExp]>([
    [
      'of another format',
      () => 'hello\n',
      /^x\.hlog:1 is no interval: expected start,length,max,histogram\.$/,
    ],
    [
      'torn',
      () => logOf([1_000]).slice(0, -30),
      /^x\.hlog:4 (is no interval|has no histogram that can be decoded)/,
    ],
    [
      'with something else in it',
      () => `1.0,1.0,1.0,${Buffer.from('x'.repeat(99)).toString('base64')}\n`,
      /^x\.hlog:1 has no histogram that can be decoded/,
    ],
    [
      'that unpacks to any size',
      () => `1.0,1.0,1.0,${bomb()}\n`,
      /^x\.hlog:1 has no histogram that can be decoded/,
    ],
    ['without end', () => '#'.repeat(5 << 20), /^x\.hlog has more than 4194304 characters\.$/],
  ])('%s is refused with its line', (_name, make, message) => {
    expect(() => parseHlog('x.hlog', make())).toThrow(message);
  });
});
