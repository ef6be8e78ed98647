import fc from 'fast-check';
import { HistogramLogReader } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { hdrIndex } from '../native/hdr.ts';
import { countsLength, emptyHistogram, fromCounts, lowestValueAt, summarize, toHlog } from './hdr.ts';

const highestNs = 10_000_000_000;

/** hdr-histogram-js's own index of a value. */
function theirIndex(value: number): number {
  return (emptyHistogram() as unknown as { countsArrayIndex(value: number): number }).countsArrayIndex(value);
}

describe('the index that the native programs count at', () => {
  test('is that of hdr-histogram-js, for every value around every doubling', () => {
    for (let doubling = 1; doubling <= highestNs; doubling *= 2) {
      for (let value = Math.max(0, doubling - 3); value <= doubling + 3; value++) {
        if (value <= highestNs) expect([value, hdrIndex(BigInt(value))]).toEqual([value, theirIndex(value)]);
      }
    }
  });

  test('is that of hdr-histogram-js, for every value of the first doublings', () => {
    const library = emptyHistogram() as unknown as { countsArrayIndex(value: number): number };
    const different: number[] = [];
    for (let value = 0; value < 20_000; value++) {
      if (hdrIndex(BigInt(value)) !== library.countsArrayIndex(value)) different.push(value);
    }
    expect(different).toEqual([]);
  });

  test('is that of hdr-histogram-js, for any value, and lies within the array', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 0, max: highestNs }), powerish()), (value) => {
        const index = hdrIndex(BigInt(value));
        expect(index).toBe(theirIndex(value));
        expect(index).toBeLessThan(countsLength);
      }),
    );
  });

  test('is refused past the highest value', () => {
    expect(hdrIndex(BigInt(highestNs))).toBe(24_744);
    expect(() => hdrIndex(BigInt(highestNs) + 1n)).toThrow(/0 to 10000000000/);
  });
});

test('every index has one lowest value, which is counted there', () => {
  const wrong: number[] = [];
  for (let index = 0; lowestValueAt(index) <= highestNs; index++) {
    if (hdrIndex(BigInt(lowestValueAt(index))) !== index) wrong.push(index);
  }
  expect(wrong).toEqual([]);
});

describe('from 100 ns to 10 s a value is kept within 0.1 %', () => {
  /** Through the program's index, the counts, and back through the log that goes into the archive. */
  const kept = (valueNs: number) => {
    const counts = new BigUint64Array(countsLength);
    counts[hdrIndex(BigInt(valueNs))] = 1n;
    const text = toHlog(fromCounts(counts), { startMs: 0, durationMs: 1, comments: [] });
    const read = new HistogramLogReader(text).nextIntervalHistogram();
    return [summarize(fromCounts(counts), 'x')?.p50 ?? 0, read?.getValueAtPercentile(50) ?? 0];
  };
  const expectKept = (valueNs: number) => {
    for (const value of kept(valueNs)) expect(Math.abs(value - valueNs)).toBeLessThanOrEqual(valueNs * 1e-3);
  };

  test('at both ends, exactly where a value has a count of its own', () => {
    expect(kept(100)).toEqual([100, 100]);
    expect(kept(2_047)).toEqual([2_047, 2_047]);
    for (const valueNs of [100, 101, 2_048, 9_999_999_999, highestNs]) expectKept(valueNs);
  });

  test('anywhere between', () => {
    fc.assert(
      fc.property(powerish(), (value) => expectKept(Math.max(100, value))),
      { numRuns: 200 },
    );
  });
});

test('a rebuilt histogram is the one that hdr-histogram-js would have recorded', () => {
  fc.assert(
    fc.property(fc.array(powerish(), { minLength: 1, maxLength: 200 }), (values) => {
      const counts = new BigUint64Array(countsLength);
      const theirs = emptyHistogram();
      for (const value of values) {
        const index = hdrIndex(BigInt(value));
        counts[index] = (counts[index] ?? 0n) + 1n;
        theirs.recordValue(value);
      }
      expect(summarize(fromCounts(counts), 'x')).toEqual(summarize(theirs, 'x'));
    }),
    { numRuns: 50 },
  );
});

test('a log can be read back, with its counts', () => {
  const histogram = emptyHistogram();
  for (const value of [0, 1, 900, 12_345, 12_345, 9_999_999_999]) histogram.recordValue(value);
  const text = toHlog(histogram, { startMs: 1_000, durationMs: 500, comments: ['a comment\nin two lines'] });
  expect(text).toMatch(/^#\[a comment in two lines\]\n#\[Histogram log format version 1\.3\]\n/);
  const read = new HistogramLogReader(text).nextIntervalHistogram();
  expect(read?.totalCount).toBe(6);
  expect(read?.getValueAtPercentile(50)).toBe(histogram.getValueAtPercentile(50));
  expect(read?.getValueAtPercentile(100)).toBe(histogram.getValueAtPercentile(100));
});

test('nothing has no percentiles; an array of another length is refused', () => {
  expect(summarize(emptyHistogram(), 'x')).toBeNull();
  expect(() => fromCounts(new BigUint64Array(countsLength - 1))).toThrow(/25600 counts; got 25599/);
});

/** Values of every magnitude, not only the large ones that a uniform choice gives. */
function powerish(): fc.Arbitrary<number> {
  return fc
    .tuple(fc.integer({ min: 0, max: 33 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([bits, part]) => Math.min(highestNs, Math.floor(2 ** bits * (1 + part))));
}
