import type { Notice } from './notice.ts';
import type { Words } from './words.ts';
import { oneLine } from './words.ts';

/**
 * GitHub-flavoured Markdown. Foreign texts are code: there no markup, link, mention or HTML is understood. The fence is longer than any in the text
 * (CommonMark, section 6.1), and a bar is escaped for tables, where GitHub looks for it in code too (GFM, section 4.10).
 */
export function asMarkdown({ parts }: Words): string {
  return parts.map(({ text, isForeign }) => (isForeign ? code(text) : text)).join('');
}

/** A notice as a block, without its title: GitHub shows that elsewhere. */
export function noticeMarkdown({ paragraphs, table }: Notice): string {
  const rows = table.rows.map((cells) => row(cells.map(asMarkdown)));
  const head = [row(table.head), row(table.head.map(() => '---'))];
  const tableText = rows.length === 0 ? [] : [[...head, ...rows].join('\n')];
  return `${[...paragraphs.map(asMarkdown), ...tableText].join('\n\n')}\n`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function code(text: string): string {
  const line = oneLine(text).replace(/\|/g, '\\|');
  if (line.trim() === '') return '` `';
  const runs = [...line.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = '`'.repeat(Math.max(0, ...runs) + 1);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}
