import { encodePath } from './link.ts';
import { restartIds } from '../charts/render.ts';
import { figureHtml } from '../figure.ts';
import { capital } from '../format.ts';
import { html, type Html } from '../markup.ts';
import { page } from '../page.ts';
import { machineSection } from '../sections/machine.ts';
import { legend, seriesLegend, type LegendEntry } from '../sections/legend.ts';
import { headRow, notValid, scrolling } from '../sections/parts.ts';
import { draw } from './drawings.ts';
import type { Judgement } from './judgement.ts';
import type { FigureMaterial, PaperMaterial } from './material.ts';
import { publishedText, type Published } from './published.ts';
import { stepPanels } from './steps.ts';

/** The document as one page: no script, nothing fetched; runs are linked by paths relative to it. */
export async function paperPage(material: PaperMaterial): Promise<string> {
  await restartIds();
  const sections = [overview(material)];
  for (const figure of material.figures) sections.push(await figureSection(figure, material));
  const sources = material.figures.flatMap(({ source }) => (source === null ? [] : [source]));
  const [first] = sources;
  if (first !== undefined) sections.push(machineSection([first], first));
  return page(title(material), sections, { style });
}

export function title({ order }: PaperMaterial): string {
  return `NetVM's paper, figure by figure, on testbed ${order.testbed}`;
}

function overview(material: PaperMaterial): Html {
  const { order, claims, figures } = material;
  return html`<section aria-labelledby="headline">
    <p class="eyebrow">
      Begun <time datetime="${order.startedAt}">${order.startedAt.slice(0, 16).replace('T', ' ')}</time> ·
      testbed ${order.testbed} · <code>${order.command}</code>
    </p>
    <h1 id="headline">${title(material)}</h1>
    <p>
      Hwang, Ramakrishnan and Wood's NetVM (NSDI'14; IEEE TNSM 12(1), 2015) beside this program. Published
      values are others', measured on other machines and on real networks: they stand apart from ours and are
      in no chart with them. A verdict follows a rule that is written down in METHODS.md; “not testable” is
      said wherever the data cannot decide.
    </p>
    <div id="results">
      <h2>Claims</h2>
      ${verdictTable(
        'Claims of the abstract',
        claims.map(({ claim, judgement }) => [html`${claim.text}`, judgement]),
      )}
      <h2 class="later">Figures</h2>
      ${verdictTable(
        'Figures of the paper',
        figures.map(({ figure, judgement }) => [
          html`<a href="#${figure.id}">${figure.title}</a>`,
          judgement,
        ]),
      )}
    </div>
  </section>`;
}

function verdictTable(name: string, lines: readonly (readonly [Html, Judgement])[]): Html {
  const table = html`<table class="verdicts">
    ${headRow([
      ['What', 'text'],
      ['Verdict', 'text'],
      ['Why', 'text'],
    ])}
    <tbody>
      ${lines.map(
        ([what, judgement]) =>
          html`<tr>
            <th scope="row">${what}</th>
            <td>${verdict(judgement)}</td>
            <td>${judgement.reason}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
  return scrolling(name, table);
}

/** The scope is part of the verdict: nobody is to read one without the other. */
function verdict({ verdict: word, scope }: Judgement): Html {
  return html`<strong class="${word.replaceAll(' ', '-')}">${word}</strong
    >${scope !== null && html`<small>${scope}</small>`}`;
}

async function figureSection(material: FigureMaterial, { steps }: PaperMaterial): Promise<Html> {
  const { figure, notes, rows, source, judgement, published } = material;
  const panels = [
    ...(await draw(figure.drawing, rows)),
    ...(figure.steps && steps !== null ? await stepPanels(steps) : []),
  ];
  const usual: LegendEntry[] = [...seriesLegend(rows), ['bounds', 'what is uncertain, as each chart says']];
  const own = panels.flatMap((panel) => panel.legend ?? []);
  const entries = own.length > 0 ? unique(own) : usual;
  const again = `./netvm reproduce --only ${figure.id}`;
  return html`<section aria-labelledby="${figure.id}">
    <h2 id="${figure.id}">${figure.title}</h2>
    <p>${verdict(judgement)}</p>
    <p>${judgement.reason}</p>
    <dl>
      <dt>In the paper</dt>
      <dd>${capital(notes.paper)}</dd>
      <dt>Claim</dt>
      <dd>${capital(notes.claim)}</dd>
      <dt>Here</dt>
      <dd>${capital(notes.ours)}</dd>
    </dl>
    ${panels.length > 0 && legend(entries)}
    <div class="panels">
      ${panels.map(({ chart, reading }, index) =>
        figureHtml({
          ...{ name: `${figure.id}-${index + 1}`, label: `${figure.title}: ${chart.title}` },
          ...{ chart, reading, legend: entries, commands: [again] },
        }),
      )}
    </div>
    ${publishedTable(published)} ${notValid(rows)}
    <p class="again">
      ${source !== null && html`Figures: <a href="./${encodePath(figure.id)}/report.html">report of the run</a>. `}Again:
      <code>./netvm reproduce --only ${figure.id}</code
      >${source !== null && html`, or the run alone: <code>./netvm run profiles/paper/${figure.id}.yaml</code>`}.
    </p>
  </section>`;
}

/** Charts of one figure share most of their entries. */
function unique(entries: readonly LegendEntry[]): LegendEntry[] {
  return [...new Map(entries.map((entry) => [entry.join(), entry])).values()];
}

/** Apart from ours: a table of its own, each value with where it is from. */
function publishedTable(values: readonly Published[]): Html {
  if (values.length === 0) return html`<p class="note">Published: no value is known to us.</p>`;
  const table = html`<table class="published">
    <caption>
      Published by others, on other machines and wires (provenance: published)
    </caption>
    ${headRow([
      ['What', 'text'],
      ['Value', 'text'],
      ['Source', 'text'],
    ])}
    <tbody>
      ${values.map(
        (value) =>
          html`<tr>
            <th scope="row">${value.what}</th>
            <td>${publishedText(value)}</td>
            <td>${value.citation}${value.url !== null && html` (<a href="${value.url}">page</a>)`}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
  return scrolling('Published values', table);
}

const style = `
a {
  color: var(--netvm);
}
h2.later {
  margin-top: 28px;
}
.verdicts th,
.published th {
  min-width: 12em;
  max-width: 18em;
}
.verdicts td:nth-child(2) {
  min-width: 13em;
  max-width: 17em;
}
.verdicts td:last-child {
  min-width: 20em;
}
.verdicts small {
  display: block;
  color: var(--muted);
  font-size: inherit;
}
p > strong + small {
  margin-left: 0.6em;
  color: var(--muted);
}
.not-reproduced {
  color: var(--warn);
}
.not-testable-on-this-testbed {
  color: var(--muted);
}
.reproduced {
  color: var(--netvm);
}
.published {
  border-left: 3px solid var(--axis);
}
.published caption,
.published th,
.published td {
  padding-left: 12px;
}
`;
