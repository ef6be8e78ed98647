import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandGenome, imixFramesMax, imixSizes, meanOf } from './imix.ts';

const sizes = (genome: string, custom: Record<string, number> = {}) => expandGenome(genome, custom);

describe('RFC 6985 genomes', () => {
  test('letters stand for sizes, in order', () => {
    expect(sizes('abcdefgz')).toEqual({ sizesBytes: [64, 128, 256, 512, 1024, 1280, 1518, 1518] });
  });

  test('a number repeats its letter, a capital has a size of its own', () => {
    expect(sizes('3aA2g', { A: 594 })).toEqual({ sizesBytes: [64, 64, 64, 594, 1518, 1518] });
  });

  test('any run-length form says the same as the letters one by one', () => {
    const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom(...'abcdefgz')), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(runs, (list) => {
        const short = list.map(([n, letter]) => `${n}${letter}`).join('');
        const long = list.map(([n, letter]) => letter.repeat(n)).join('');
        expect(sizes(short)).toEqual(sizes(long));
      }),
    );
  });

  test('the mean is of one pass', () => {
    const imix = { genome: '7a4A1g', customSizesBytes: { A: 594 }, meanBytes: 0 };
    expect(meanOf(imixSizes(imix))).toBeCloseTo((7 * 64 + 4 * 594 + 1518) / 12);
  });
});

describe('what is no genome is refused with its reason', () => {
  test.each([
    ['x', {}, 'unknown letter "x" (RFC 6985: a, b,'],
    ['a b', {}, 'unknown letter " "'],
    ['h', {}, 'longer than 1518 bytes'],
    ['aA', {}, 'the letter A has no size'],
    ['a', { B: 100 }, 'the custom size B is not in the genome'],
    ['a7', {}, 'expected a letter after 7'],
    ['0a', {}, 'expected at least one a, got 0'],
    [`${imixFramesMax + 1}a`, {}, 'expected at most 4096 frames'],
    ['99999999999999999999a', {}, 'expected at most 4096 frames'],
    ['constructor', {}, 'unknown letter "o"'],
  ])('%s', (genome, custom, reason) => {
    expect(sizes(genome, custom as Record<string, number>)).toEqual({
      fault: expect.stringContaining(reason) as string,
    });
  });
});
