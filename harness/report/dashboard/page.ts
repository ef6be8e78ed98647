import { readFile } from 'node:fs/promises';
import { amountText, changeText } from '../amount.ts';
import { list } from '../format.ts';
import { html, type Html } from '../markup.ts';
import { page } from '../page.ts';
import { scrolling } from '../sections/parts.ts';
import {
  dashboardStates,
  type Dashboard,
  type DashboardChange,
  type DashboardGroup,
  type DashboardRow,
} from './model.ts';
import { dashboardScript } from './script.ts';
import { sparklineSvg } from './sparkline.ts';

/** Where the page's links lead; null where there is nothing to link to. */
export interface DashboardLinks {
  /** Of a run, by the path of its archive. */
  run(archive: string): string | null;
  /** Of the changes between two commits. */
  commits(before: string, after: string): string | null;
}

/**
 * All series at a glance, as one page: nothing is fetched, and no script can run but the one that filters and sorts, without which it is a plain table.
 */
export async function dashboardPage(dashboard: Dashboard, links: DashboardLinks): Promise<string> {
  const style = await readFile(new URL('./dashboard.css', import.meta.url), 'utf8');
  const rows = dashboard.groups.flatMap((group) => group.rows);
  const title = headline(rows);
  const sections = [
    overview(dashboard, rows, title),
    ...dashboard.groups.map((group, i) => groupSection(group, i + 1, links)),
    problemsSection(dashboard.problems),
  ];
  return page(title, sections, { style, script: `(${dashboardScript.toString()})();` });
}

function headline(rows: readonly DashboardRow[]): string {
  const regressed = rows.filter((row) => row.state === 'regressed').length;
  if (rows.length === 0) return 'There is no series yet.';
  if (regressed === 0) return `None of ${rows.length} series has regressed.`;
  return `${regressed} of ${rows.length} series ${regressed === 1 ? 'has' : 'have'} regressed.`;
}

function overview(
  { command, madeAt, minChange }: Dashboard,
  rows: readonly DashboardRow[],
  title: string,
): Html {
  const counts = dashboardStates.flatMap((state) => {
    const count = rows.filter((row) => row.state === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const least = Number((100 * minChange).toPrecision(6));
  return html`<section id="results" aria-labelledby="title">
    <p class="eyebrow">Trends of NetVM and its alternatives, ${madeAt.slice(0, 16).replace('T', ' ')} UTC</p>
    <h1 id="title">${title}</h1>
    <p>
      ${counts.length > 0 && `${list(counts)}. `}A series is one figure of one cell on one testbed, run after
      run. It has changed where its level moved by ${least} % or more and stayed there for three runs; what
      the generator alone shows too is the testbed's and no change.
    </p>
    <p class="note">
      In a picture the newest run is on the right, a dashed line is the last change, and a gap is a run
      without a valid figure.
    </p>
    <p class="again">Made by <code>${command}</code>.</p>
    <form class="filter" role="search" hidden>
      <label
        >Filter <input id="filter" type="search" autocomplete="off" placeholder="netvm firewall throughput"
      /></label>
      <label
        >State
        <select id="state">
          <option value="">all</option>
          ${dashboardStates.map((state) => html`<option>${state}</option>`)}
        </select></label
      >
      <output id="count" role="status"></output>
    </form>
  </section>`;
}

function groupSection(group: DashboardGroup, number: number, links: DashboardLinks): Html {
  const { testbed, fingerprint, host, firstAt, differences, notes, rows } = group;
  const name = `Testbed ${testbed}, since ${firstAt.slice(0, 10)}`;
  return html`<section class="series" aria-labelledby="group-${number}">
    <h2 id="group-${number}">${name}</h2>
    <p class="note">${host}. Fingerprint <code>${fingerprint}</code>.</p>
    ${differences.length > 0 && html`<p class="note">Not comparable with the runs before: ${differences.join('; ')}.</p>`}
    ${notes.map((note) => html`<p class="note">${note}</p>`)}
    ${scrolling(
      `${name}: all series`,
      html`<table>
        ${head}
        <tbody>
          ${rows.map((row) => rowOf(row, links))}
        </tbody>
      </table>`,
    )}
  </section>`;
}

const head = html`<thead>
  <tr>
    <th scope="col" data-sort>Cell and figure</th>
    <th scope="col" data-sort>State</th>
    <th scope="col" class="number" data-sort>Change</th>
    <th scope="col">Trend</th>
    <th scope="col" class="number">Last value</th>
    <th scope="col" class="number" data-sort>Runs</th>
    <th scope="col" data-sort>Newest run</th>
  </tr>
</thead>`;

/** On one line: a thousand of them are in one page. */
function rowOf(row: DashboardRow, links: DashboardLinks): Html {
  const { cell, metric, unit, values, state, change, newest } = row;
  const last = values.findLast((value) => value !== null) ?? null;
  const found = values.filter((value) => value !== null).length;
  const runs = found === values.length ? String(found) : `${found} of ${values.length}`;
  const href = newest.archive === null ? null : links.run(newest.archive);
  const day = newest.startedAt.slice(0, 10);
  // prettier-ignore
  return html`<tr data-state="${state}"><th scope="row">${cell}<small>${metric}</small></th><td class="state" data-key="${dashboardStates.indexOf(state)}">${stateOf(row, links)}</td><td class="number" data-key="${Math.round(1e4 * (change?.relativeChange ?? 0)) + 1e8}">${change === null ? '–' : changeText(change.relativeChange)}</td><td class="trend">${sparklineSvg(row)}</td><td class="number">${last === null ? '–' : amountText(last, unit)}</td><td class="number">${runs}</td><td>${href === null ? day : html`<a href="${href}">${day}</a>`}</td></tr>
`;
}

function stateOf({ state, stateWords, change }: DashboardRow, links: DashboardLinks): Html {
  const kind = state === 'regressed' ? 'bad' : state === 'improved' ? 'improved' : '';
  const words = kind === '' ? html`${stateWords}` : html`<span class="${kind}">${stateWords}</span>`;
  return html`${words}${change !== null && sinceOf(change, links)}`;
}

function sinceOf({ since, range, commits }: DashboardChange, links: DashboardLinks): Html {
  const href = commits === null ? null : links.commits(commits.before, commits.after);
  return html`<small
    >since ${since.slice(0, 10)}, ${href === null ? range : html`<a href="${href}">${range}</a>`}</small
  >`;
}

/** More of them hide what they say; `./netvm trend --json` has all. */
const problemsShown = 100;

function problemsSection(problems: Dashboard['problems']): Html {
  if (problems.length === 0) return html``;
  const more = problems.length - problemsShown;
  return html`<section aria-labelledby="left-out">
    <h2 id="left-out">Left out</h2>
    <div class="warning">
      <ul>
        ${problems.slice(0, problemsShown).map(({ file, problem }) => html`<li><code>${file}</code>: ${problem}</li>`)}
        ${more > 0 && html`<li>and ${more} more (<code>./netvm trend --json</code> lists all)</li>`}
      </ul>
    </div>
  </section>`;
}
