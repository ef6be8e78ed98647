import { compareWithBaseline } from '../compare.ts';
import { chainLength, mpps, times } from '../format.ts';
import { evenly } from '../limits.ts';
import { html, type Html } from '../markup.ts';
import { type CellRow, cellRows, fillsWire, framesIn, hasRate, isOf, type RunSource } from '../source.ts';
import { coresMoved, headline, provenanceMeaning, rateMeaning, wireText } from '../words.ts';
import { kindsTable } from './kinds.ts';
import { scrolling } from './parts.ts';

/** The result in ten seconds: a sentence, its figures, and how far to trust them. */
export function overview(sources: readonly RunSource[]): Html {
  const rows = cellRows(sources);
  const provenances = [...new Set(rows.map((row) => row.result.provenance))];
  return html`<section aria-labelledby="headline">
    <p class="eyebrow">
      ${sources.map((source, index) => html`${index > 0 && html`<br />`}${runLine(sources, source)}`)}
    </p>
    <h1 id="headline">${headline(sources)}</h1>
    ${provenances.map((provenance) => html`<p><strong>${provenance}.</strong> ${provenanceMeaning(provenance)}</p>`)}
    ${sources.map((source) => warnings(sources, source))}
    <div id="results">
      ${sources.map((source) =>
        keyFigures(
          rows.filter((row) => row.source === source && hasRate(row)),
          source,
          sources,
        ),
      )}
    </div>
  </section>`;
}

function runLine(sources: readonly RunSource[], source: RunSource): Html {
  const { run } = source;
  const number = sources.length > 1 && `Run ${sources.indexOf(source) + 1}: `;
  return html`${number}${run.id} ·
    <time datetime="${run.startedAt}">${run.startedAt.slice(0, 16).replace('T', ' ')}</time> · testbed
    ${run.testbed} · ${wireText(source)}`;
}

function warnings(sources: readonly RunSource[], source: RunSource): Html {
  const { run, problems } = source;
  const number = sources.length > 1 ? `Run ${sources.indexOf(source) + 1}` : 'The run';
  const state =
    run.status !== 'complete' &&
    html`<p>
      <strong>${number} is ${run.status === 'running' ? 'not finished' : run.status}</strong>: cells that were
      not measured are missing here.
    </p>`;
  const damage =
    problems.length > 0 &&
    html`<p><strong>${number}'s archive is not whole</strong>:</p>
      <ul>
        ${problems.map((problem) => html`<li><code>${problem.file}</code> ${problem.problem}</li>`)}
      </ul>`;
  return state || damage ? html`<div class="warning" role="note">${state}${damage}</div>` : html``;
}

/** Mpps by chain, for the smallest frame. */
function keyFigures(rows: readonly CellRow[], source: RunSource, sources: readonly RunSource[]): Html {
  const [smallest] = framesIn(rows);
  if (smallest === undefined) return html``;
  const here = rows.filter((row) => isOf(smallest, row));
  const series = [...new Set(here.map((row) => row.series))];
  const all = [...Map.groupBy(here, (row) => row.result.cell.nfs.join('\n')).values()].toSorted(
    (a, b) => (a[0]?.result.cell.nfs.length ?? 0) - (b[0]?.result.cell.nfs.length ?? 0),
  );
  const chains = evenly(all, keyChainsMax);
  const more = all.length - chains.length;
  const comparisons = compareWithBaseline(here);
  const compared = comparisons.length > 0;
  const title = sources.length > 1 ? `Run ${sources.indexOf(source) + 1}: ` : '';
  const table = html`<table>
    <caption>
      ${title}${rateMeaning(here)},
      ${smallest.words}${more > 0 && `; ${more} more chains are in the table of cells`}
    </caption>
    <thead>
      <tr>
        <th scope="col">Chain</th>
        ${series.map(
          (name) =>
            html`<th scope="col" class="${here.find((row) => row.series === name)?.style}">
              ${columnName(name)}
            </th>`,
        )}${compared && html`<th scope="col">Ratio</th>`}
      </tr>
    </thead>
    <tbody>
      ${chains.map((cells) => {
        const nfs = cells[0]?.result.cell.nfs ?? [];
        const comparison = comparisons.find((c) => cells.includes(c.netvm) && c.netvm.style === 'netvm');
        return html`<tr>
          <th scope="row">${chainLength(nfs.length)}</th>
          ${series.map((name) => figure(cells.find((row) => row.series === name)))}${
            compared &&
            html`<td class="ratio">
              ${
                comparison?.ratio && comparison.trusted
                  ? comparison.ratio.bothFillWire
                    ? 'wire full'
                    : `${comparison.ratio.atLeast ? '≥ ' : ''}${times(comparison.ratio.value)}×`
                  : '–'
              }${comparison?.ratio && comparison.coresMoved && html` <small>${coresMoved(comparison)}</small>`}
            </td>`
          }
        </tr>`;
      })}
    </tbody>
  </table>`;
  return html`<div class="key">${scrolling('Key figures', table)}</div>
    ${kindsTable(rows)}`;
}

const keyChainsMax = 12;

/** The caption names the run already. */
function columnName(series: string): string {
  return series.replace(/ · run \d+$/, '');
}

function figure(row: CellRow | undefined): Html {
  if (row === undefined) return html`<td>–</td>`;
  const { throughput, verdict } = row.result;
  const value = throughput === null ? 'none' : mpps(throughput.pps);
  if (verdict !== 'valid') return html`<td>${value} <span class="bad">${verdict}</span></td>`;
  return html`<td>${value}${fillsWire(row) && html` <small>line rate</small>`}</td>`;
}
