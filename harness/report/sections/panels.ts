import { figureHtml, type Figure } from '../figure.ts';
import { panelsOpenMax } from '../limits.ts';
import { html, type Html, type HtmlValue } from '../markup.ts';

/** A figure, and what opens its caption. */
export interface Panel {
  readonly figure: Figure;
  readonly before?: HtmlValue;
}

/**
 * Figures side by side; where they are many, all but the first few are folded. `leftOut` of them were not drawn at all, and how to see
 * them is said.
 */
export function panelsHtml(panels: readonly Panel[], leftOut = 0, intro: HtmlValue = ''): Html {
  const drawn = panels.map(({ figure, before }) => figureHtml(figure, before));
  const more = drawn.slice(panelsOpenMax);
  return html`<div class="panels">${intro}${drawn.slice(0, panelsOpenMax)}</div>
    ${
      more.length > 0 &&
      html`<details>
        <summary>${more.length} more of these charts</summary>
        <div class="panels">${more}</div>
      </details>`
    }
    ${leftOut > 0 && html`<p class="note">${leftOutText(leftOut)}</p>`}`;
}

function leftOutText(leftOut: number): Html {
  return html`${leftOut} more of these charts were not drawn: their figures are in the table of cells, and
    <code>./netvm report RUN --cell TEXT</code> draws those whose name has TEXT in it, such as
    <code>--cell '512 B'</code>.`;
}
