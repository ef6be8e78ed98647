import { expect, test } from 'vitest';
import { fitText, widthAtMost, wrapText } from './text.ts';

test('what has room stays, what has none ends in an ellipsis', () => {
  expect(fitText('forward', 100, 11)).toBe('forward');
  const cut = fitText('W'.repeat(200), 100, 11);
  expect(cut).toMatch(/^W+…$/);
  expect(widthAtMost(cut, 11)).toBeLessThanOrEqual(111);
  expect(fitText('', 0, 11)).toBe('');
});

test('lines are no wider than asked for, and no word gets lost', () => {
  const text = `NetVM carries 3.5 times what vhost-user does ${'x'.repeat(90)} at 1 NF`;
  const lines = wrapText(text, 200, 12);
  for (const line of lines) expect(widthAtMost(line, 12)).toBeLessThanOrEqual(200);
  expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
});

test('wide letters of other scripts count as wide', () => {
  expect(widthAtMost('漢字', 10)).toBeGreaterThan(widthAtMost('ab', 10));
});
