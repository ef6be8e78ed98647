import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { activeMarkup } from './active-markup.ts';

test('a report has nothing that runs or fetches', () => {
  const report = readFileSync(join(import.meta.dirname, '../../../reports/gallery/report.html'), 'utf8');
  expect(activeMarkup(report)).toBeNull();
  expect(activeMarkup('<p title="only once = 1 &lt; 2">1 < 2, on load=5</p>')).toBeNull();
});

test.each([
  ['<p><SCRIPT>x</SCRIPT>', 'an element <script>'],
  ['<script/src=x>', 'markup that no report has'],
  ['<p title=">" onclick="x">', 'an inline handler onclick'],
  ["<p title='a'\nONLOAD=x>", 'an inline handler onload'],
  ['<p/onclick=x>', 'markup that no report has'],
  ['<style><a title="</style><script>x</script>"></style>', 'markup that no report has'],
  ['<!--><script>x</script>-->', 'markup that no report has'],
  ['<a href="&#106;avascript:x">', 'a link to elsewhere (href)'],
  ['<svg><a xlink:href="javascript:x"></a></svg>', 'a link to elsewhere (xlink:href)'],
  ['<iframe srcdoc="x">', 'an element <iframe>'],
  ['<meta http-equiv="refresh" content="0;url=x">', 'a pragma that leads elsewhere'],
])('%s is found', (page, found) => {
  expect(activeMarkup(page)).toBe(found);
});
