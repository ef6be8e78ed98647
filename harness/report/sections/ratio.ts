import { ratioChart } from '../charts/ratio.ts';
import { compareWithBaseline } from '../compare.ts';
import { capital } from '../format.ts';
import { html, type Html } from '../markup.ts';
import type { CellRow, RunSource } from '../source.ts';
import { ratioReading } from '../words.ts';
import { again, legend, trafficNote } from './parts.ts';

/** Nothing where a report has no pair to compare. */
export async function ratioSection(sources: readonly RunSource[], rows: readonly CellRow[]): Promise<Html> {
  const comparisons = compareWithBaseline(rows);
  if (comparisons.length === 0) return html``;
  const panels = [];
  for (const here of Map.groupBy(comparisons, (c) => `${c.frames.key} ${c.netvm.runNumber}`).values()) {
    const [first] = here;
    if (first === undefined) continue;
    const run = sources.length > 1 ? `, run ${first.netvm.runNumber}` : '';
    const title = `${capital(first.frames.words)}${run}`;
    panels.push(
      html`<figure aria-label="NetVM next to vhost-user, ${title}">
        ${await ratioChart(here, title)}
        <figcaption>${trafficNote(first.frames)}${ratioReading(here)}</figcaption>
      </figure>`,
    );
  }
  const doubtful = comparisons.some((c) => !c.trusted && c.ratio !== null);
  return html`<section aria-labelledby="ratio">
    <h2 id="ratio">NetVM next to vhost-user</h2>
    <p>
      The throughput of NetVM divided by that of the vhost-user switch, with the same chain of the same
      functions, on the same cores, in the same run. Dashed line: parity. “≥” where NetVM filled the wire, so
      that the wire was the limit.
    </p>
    ${legend([['bounds', 'what the bounds of both searches allow'], ...(doubtful ? ([['hollow', 'a side is not valid']] as const) : [])])}
    <div class="panels">${panels}</div>
    ${again(sources)}
  </section>`;
}
