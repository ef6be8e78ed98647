import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asSlack } from './channels/slack.ts';
import { emptyBook } from './book.ts';
import { noticeHtml } from './mail-html.ts';
import { conclude } from './life.ts';
import { asMarkdown, noticeMarkdown } from './markdown.ts';
import { noticeOf } from './notice.ts';
import { after, confirmed, suspicionOf } from './suspicion.fixture.ts';
import { asPlain, words } from './words.ts';

describe('foreign texts stay texts', () => {
  test.each([
    ['plain', '`plain`'],
    ['a `code` b', '``a `code` b``'],
    ['`', '`` ` ``'],
    ['', '` `'],
    ['a|b', '`a\\|b`'],
    ['[x](javascript:1) <img> @all #1', '`[x](javascript:1) <img> @all #1`'],
    ['two\nlines', '`two lines`'],
  ])('Markdown of %j', (text, expected) => {
    expect(asMarkdown(words`${text}`)).toBe(expected);
  });

  test('no foreign text ends its own code', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = asMarkdown(words`${text}`);
        const [fence = ''] = /^`+/.exec(line) ?? [];
        const inner = line.slice(fence.length, -fence.length);
        expect(line.endsWith(fence)).toBe(true);
        const runs = [...inner.matchAll(/`+/g)].map(([run]) => run.length);
        expect(runs).not.toContain(fence.length);
        expect(inner).not.toMatch(/[\r\n]/);
        expect(inner).not.toMatch(/(^|[^\\])\|/);
      }),
    );
  });

  test('Slack has no markup, link or mention in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(asSlack(words`${text}`)).not.toMatch(/[<>*_~`@]/);
      }),
    );
    expect(asSlack(words`<https://example.org|x> ${'<!here>'}`)).toContain('&lt;!here&gt;');
  });

  test('plain text has no control characters, and an end', () => {
    const text = `\u001b[31mred\u202e${'x'.repeat(5000)}`;
    expect(asPlain(words`${text}`)).toMatch(/^\ufffd\[31mred\ufffdx+…$/);
    expect(asPlain(words`${text}`)).toHaveLength(300);
  });
});

test('a notice of many cells lists so many and counts the rest', () => {
  const steps = Array.from({ length: 60 }, (_, i) => suspicionOf({ nf: `nf${i}`, at: 10 }));
  const book = steps.reduce((now, it) => after(now, conclude(now, it, confirmed(it)), 12), emptyBook);
  const [alert] = book.alerts.values();
  if (alert === undefined) throw new Error('expected an alert');
  const text = noticeMarkdown(noticeOf(alert));
  expect(text.match(/^\| NetVM/gm) ?? text.match(/^\| `/gm)).toHaveLength(50);
  expect(text).toContain('10 more series are not listed.');
  expect(text).toMatch(/after commit `[0-9a-f]{12}`/);
  expect(asPlain(noticeOf(alert).title)).toMatch(
    /^Regression -5\.0 %: NetVM nf0, 64 B, rfc2544 and 59 more$/,
  );
  expect(noticeHtml(noticeOf(alert))).not.toContain('<script');
});
