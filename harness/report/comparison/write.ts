import type { FigureComparison, OverallComparison, RunComparison } from '../../model/comparison.ts';
import { emulatedMark, wholeName } from '../../model/comparison-words.ts';
import { writeAtomically } from '../../store/atomic.ts';
import { chartHtml, restartIds } from '../charts/render.ts';
import { html, type Html } from '../markup.ts';
import { page } from '../page.ts';
import { headRow, number, scrolling } from '../sections/parts.ts';
import { forestChart, markedName, stateOf } from './forest.ts';

/** More rows than this are nothing to look at; the table has all. */
const rowsMax = 40;

/** Writes a comparison as one page that fetches nothing: a forest plot of the ratios for each kind of figures, and every figure in a table. */
export async function writeComparison(
  comparison: RunComparison,
  command: string,
  outFile: string,
): Promise<void> {
  await restartIds();
  const { conclusion, figures, changed, a, b } = comparison;
  const sections = [
    html`<section aria-labelledby="headline">
      <h1 id="headline">${conclusion}</h1>
      <div id="results">
        <ul>
          ${[...a.map((run) => ['A', run] as const), ...b.map((run) => ['B', run] as const)].map(
            ([side, run]) =>
              html`<li>
                ${side}: ${run.name}, commit
                ${run.commit?.slice(0, 10) ?? 'unknown'}${run.isDirty && ' with changes'}, testbed
                ${run.testbed},
                ${run.startedAt}${run.problems.map((problem) => html`<br /><strong>${problem}</strong>`)}
              </li>`,
          )}
          ${(['commit', 'machine', 'settings'] as const).map(
            (kind) =>
              html`<li>${kind}: ${changed[kind].length === 0 ? 'the same' : changed[kind].join('; ')}</li>`,
          )}
          ${comparison.overall.map((whole) => html`<li>${wholeText(whole)}</li>`)}
        </ul>
      </div>
      <p class="again">Made by <code>${command}</code>.</p>
    </section>`,
    ...(await forests(comparison)),
    tableOf(figures),
  ];
  await writeAtomically(outFile, await page(conclusion, sections));
}

/** What is emulated is drawn apart. */
async function forests({ figures, confidence }: RunComparison): Promise<Html[]> {
  const sections: Html[] = [];
  for (const isEmulated of [false, true]) {
    const these = figures.filter((figure) => (emulatedMark(figure) !== '') === isEmulated);
    const apart = isEmulated ? ', emulated' : '';
    const rates = these.filter(({ metric }) => metric.unit !== 'ns');
    const times = these.filter(({ metric }) => metric.unit === 'ns');
    sections.push(await forest(`Rates${apart}`, 'more is better', rates, confidence));
    sections.push(await forest(`Latencies${apart}`, 'less is better', times, confidence));
  }
  return sections;
}

async function forest(
  title: string,
  way: string,
  all: readonly FigureComparison[],
  confidence: number,
): Promise<Html> {
  const compared = all.filter(({ ratio, verdict }) => ratio !== null && verdict !== 'not-compared');
  if (compared.length === 0) return html``;
  const drawn = compared.slice(0, rowsMax);
  const counts = (['better', 'worse', 'open'] as const).map(
    (state) => drawn.filter((one) => stateOf(one) === state).length,
  );
  const cut = compared.length - drawn.length;
  return html`<section aria-labelledby="${idOf(title)}">
    <h2 id="${idOf(title)}">${title}</h2>
    <figure aria-label="${title}, B over A">
      ${chartHtml(await forestChart(drawn, `${title}, B over A: ${way}`, confidence))}
      <figcaption>
        ${counts[0]} better (circles), ${counts[1]} worse (squares), ${counts[2]} with no difference that this
        data can show (diamonds). Dashed line: no change.${cut > 0 && ` ${cut} more are in the table.`}
      </figcaption>
    </figure>
  </section>`;
}

/** An id has no space in it. */
function idOf(title: string): string {
  return title.replaceAll(/[^A-Za-z]+/g, '-');
}

function wholeText({ ratio, interval, reason, ...rest }: OverallComparison): string {
  const range =
    interval === null ? '' : ` (${interval.low.toFixed(3)} to ${interval.high?.toFixed(3) ?? 'any'})`;
  return `${wholeName(rest)}: ${ratio.toFixed(3)}${range}, ${reason}`;
}

function tableOf(figures: readonly FigureComparison[]): Html {
  const table = html`<table>
    ${headRow([
      ['Figure', 'text'],
      ['A', 'number'],
      ['B', 'number'],
      ['B / A', 'number'],
      ['Interval', 'number'],
      ['Verdict', 'text'],
    ])}
    <tbody>
      ${figures.map(
        (figure) =>
          html`<tr>
            <th scope="row">${markedName(figure)}</th>
            ${number(amount(figure.a.value, figure.metric.unit))}${number(amount(figure.b.value, figure.metric.unit))}${number(figure.ratio?.toFixed(3) ?? '-')}${number(
              figure.interval === null
                ? '-'
                : `${figure.interval.low.toFixed(3)} to ${figure.interval.high?.toFixed(3) ?? 'any'}`,
            )}
            <td>${figure.reason}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
  return html`<section aria-labelledby="figures">
    <h2 id="figures">Every figure</h2>
    ${scrolling('Every figure', table)}
  </section>`;
}

function amount(value: number | null, unit: string): string {
  return value === null ? '-' : `${Number(value.toPrecision(4)).toLocaleString('en-US')} ${unit}`;
}
