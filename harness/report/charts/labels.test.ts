import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spread } from './labels.ts';

test('labels that fit stay inside, apart and in order', () => {
  const gap = 10;
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { maxLength: 15 }), (wanted) => {
      const placed = spread(
        wanted.map((y) => ({ y, wanted: y })),
        gap,
        200,
      );
      expect(placed.map((label) => label.wanted)).toEqual(wanted.toSorted((a, b) => a - b));
      placed.forEach((label, index) => {
        expect(label.y).toBeGreaterThanOrEqual(-1e-9);
        expect(label.y).toBeLessThanOrEqual(200 + 1e-9);
        const before = placed[index - 1];
        if (before !== undefined) expect(label.y - before.y).toBeGreaterThanOrEqual(gap - 1e-9);
      });
    }),
  );
});

test('labels that are apart already do not move', () => {
  expect(spread([{ y: 40 }, { y: 5 }], 10, 100)).toEqual([{ y: 5 }, { y: 40 }]);
});
