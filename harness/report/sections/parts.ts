import { framesOf, type Frames } from '../../model/frames.ts';
import { chainLength } from '../format.ts';
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
  const commands = [...new Set(sources.map((source) => source.run.command))];
  return html`<p class="again">
    Made by ${commands.map((command, index) => [index > 0 && ', ', html`<code>${command}</code>`])}.
  </p>`;
}

/** The cells of a chart that are not to be trusted, each with its reason; nothing where all are valid. */
export function notValid(rows: readonly CellRow[]): Html {
  const bad = rows.filter((row) => row.result.verdict !== 'valid');
  if (bad.length === 0) return html``;
  return html`<div class="warning">
    <p>Marked in the charts, not valid:</p>
    <ul>
      ${bad.map(
        ({ series, result }) =>
          html`<li>
            ${series}, ${chainLength(result.cell.nfs.length)}, ${framesOf(result.cell).short}:
            <strong>${result.verdict}</strong>${result.reason !== null && html`. ${result.reason}`}
          </li>`,
      )}
    </ul>
  </div>`;
}

/** Before the reading of a chart: what its packets are, where they are not plain. */
export function trafficNote({ traffic }: Frames): Html {
  return traffic === null ? html`` : html`${traffic}. `;
}

/** Symbols of the charts, drawn as the charts draw them. */
export function legend(entries: readonly (readonly [LegendSymbol, string])[]): Html {
  return html`<ul class="legend">
    ${entries.map(([symbol, text]) => html`<li>${symbols[symbol]}${text}</li>`)}
  </ul>`;
}

export type LegendSymbol = keyof typeof symbols;

const symbols = {
  netvm: swatch('netvm', html`<circle cx="7" cy="7" r="5" />`),
  'vhost-user': swatch('vhost', html`<rect x="2.5" y="2.5" width="9" height="9" />`),
  forwarder: swatch('forwarder', html`<path d="M7 1.5L12.5 7L7 12.5L1.5 7Z" />`),
  wire: swatch('ink', html`<path d="M1 7H13" fill="none" stroke="var(--ink)" stroke-width="2.5" />`),
  p50: swatch('muted', html`<circle cx="7" cy="7" r="4.5" />`),
  p90: swatch('muted', html`<rect x="2.8" y="2.8" width="8.4" height="8.4" />`),
  p99: swatch('muted', html`<path d="M7 1.5L12.5 7L7 12.5L1.5 7Z" />`),
  'p99.9': swatch('muted', html`<path d="M3 2L12 7L3 12Z" />`),
  bounds: swatch(
    'ink',
    html`<path d="M3.5 1.5h7M7 1.5v11M3.5 12.5h7" fill="none" stroke="var(--ink)" stroke-width="1.5" />`,
  ),
  invalid: swatch(
    'ink',
    html`<path d="M2 2L12 12M2 12L12 2" fill="none" stroke="var(--ink)" stroke-width="2.2" />`,
  ),
  hollow: swatch(
    'ink',
    html`<rect
      x="2"
      y="2"
      width="10"
      height="10"
      fill="none"
      stroke="var(--ink)"
      stroke-width="1.5"
      stroke-dasharray="3 2"
    />`,
  ),
};

function swatch(color: string, shape: Html): Html {
  return html`<svg viewBox="0 0 14 14" aria-hidden="true" fill="var(--${color})">${shape}</svg>`;
}
