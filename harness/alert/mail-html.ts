import { html } from '../report/markup.ts';
import type { Html } from '../report/markup.ts';
import type { Notice } from './notice.ts';
import type { Words } from './words.ts';
import { asPlain, oneLine } from './words.ts';

/** HTML of a notice for a mail: no scripts, no pictures, nothing from elsewhere. */
export function noticeHtml({ title, paragraphs, table }: Notice): string {
  const cells = (tag: 'th' | 'td', all: readonly Html[]) =>
    tag === 'th'
      ? all.map((cell) => html`<th align="left">${cell}</th>`)
      : all.map((cell) => html`<td>${cell}</td>`);
  const head = html`<tr>
    ${cells(
      'th',
      table.head.map((cell) => html`${cell}`),
    )}
  </tr>`;
  const rows = table.rows.map(
    (row) =>
      html`<tr>
        ${cells('td', row.map(asHtml))}
      </tr>`,
  );
  const body = html`<h3>${asHtml(title)}</h3>
    ${paragraphs.map((paragraph) => html`<p>${asHtml(paragraph)}</p> `)}
    ${
      rows.length === 0
        ? ''
        : html`<table cellpadding="4">
            ${head}${rows}
          </table>`
    }`;
  return html`<!doctype html><meta charset="utf-8" />
    <body>
      ${body}
    </body>`.markup;
}

function asHtml({ parts }: Words): Html {
  return html`${parts.map(({ text, isForeign }) => (isForeign ? html`<code>${oneLine(text)}</code>` : html`${text}`))}`;
}

/** The same as text, for readers without HTML. */
export function noticePlain({ title, paragraphs, table }: Notice): string {
  const rows = table.rows.map(
    (cells) => `- ${cells.map((cell, i) => `${table.head[i] ?? ''}: ${asPlain(cell)}`).join('; ')}`,
  );
  return `${[asPlain(title), ...paragraphs.map(asPlain), ...rows].join('\n\n')}\n`;
}
