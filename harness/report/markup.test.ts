import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeText, Html, html, plain } from './markup.ts';

test('no text of any kind becomes markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(
        html`<p title="${text}">${text}</p>`.markup.replace(/^<p title="|<\/p>$/g, '').replace('">', ''),
      ).not.toMatch(/[<>"'`]/);
    }),
  );
});

test('what was escaped reads as it was', () => {
  const back = escapeText(`<a href="x">'&amp;\``).replace(/&#(\d+);/g, (_, code: string) =>
    String.fromCharCode(Number(code)),
  );
  expect(back).toBe(`<a href="x">'&amp;\``);
});

test('lists, numbers and markup go in; nothing goes in for nothing', () => {
  expect(html`${[1, '<', [new Html('<b>')]]}${null}${undefined}${false}`.markup).toBe('1&#60;<b>');
});

test('characters that steer a terminal or turn the text around are made visible', () => {
  expect(plain('a\u001b[2Jb\u202ec\u0000')).toBe('a\ufffd[2Jb\ufffdc\ufffd');
});
