import { framesOf, type Frames } from '../../model/frames.ts';
import { codes, commandsOf } from '../figure.ts';
import { chainLength } from '../format.ts';
import { notesMax } from '../limits.ts';
import { html, type Html, type HtmlValue } from '../markup.ts';
import type { CellRow, RunSource } from '../source.ts';

/** A table that scrolls by itself where the page is narrow, and that a keyboard can reach and scroll. */
export function scrolling(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${table}</div>`;
}

export function headRow(columns: readonly (readonly [string, 'text' | 'number'])[]): Html {
  return html`<thead>
    <tr>
      ${columns.map(
        ([title, kind]) =>
          html`<th scope="col" ${kind === 'number' ? html` class="number"` : ''}>${title}</th>`,
      )}
    </tr>
  </thead>`;
}

export function number(value: HtmlValue): Html {
  return html`<td class="number">${value}</td>`;
}

/** How to get the figures of a section again. */
export function again(sources: readonly RunSource[]): Html {
  return html`<p class="again">Made by ${codes(commandsOf(sources))}.</p>`;
}

/** The cells of a chart that are not to be trusted, each with its reason; nothing where all are valid. */
export function notValid(rows: readonly CellRow[]): Html {
  const bad = rows.filter((row) => row.result.verdict !== 'valid');
  if (bad.length === 0) return html``;
  return html`<div class="warning">
    <p>Marked in the charts, not valid:</p>
    <ul>
      ${bad.slice(0, notesMax).map(
        ({ series, result }) =>
          html`<li>
            ${series}, ${chainLength(result.cell.nfs.length)}, ${framesOf(result.cell).short}:
            <strong>${result.verdict}</strong>${result.reason !== null && html`. ${result.reason}`}
          </li>`,
      )}
      ${bad.length > notesMax && html`<li>and ${bad.length - notesMax} more, in the table of cells</li>`}
    </ul>
  </div>`;
}

/** Before the reading of a chart: what its packets are, where they are not plain. */
export function trafficNote({ traffic }: Frames): Html {
  return traffic === null ? html`` : html`${traffic}. `;
}
