import { framesOf } from '../../model/frames.ts';
import { frameLossChart, withLossCurve, type LossRow } from '../charts/frame-loss.ts';
import { losslessPercent } from '../figures.ts';
import { chainLength, chainText, list, percent } from '../format.ts';
import { html, type Html } from '../markup.ts';
import type { CellRow, RunSource } from '../source.ts';
import { again, legend } from './parts.ts';
import { dataplanes } from './throughput.ts';

/** Nothing where a report has no loss curve. */
export async function frameLossSection(
  sources: readonly RunSource[],
  all: readonly CellRow[],
): Promise<Html> {
  const rows = withLossCurve(all);
  if (rows.length === 0) return html``;
  const panels = [];
  for (const here of Map.groupBy(rows, ({ row }) => panelOf(row)).values()) {
    const [first] = here;
    if (first === undefined) continue;
    const title = panelOf(first.row);
    panels.push(
      html`<figure aria-label="Frame loss by load, ${title}">
        ${await frameLossChart(here, title)}
        <figcaption>${lossReading(here)}</figcaption>
      </figure>`,
    );
  }
  const doubtful = rows.some(({ figures }) => figures.points.some((point) => point.verdict !== 'valid'));
  const sourcesOf = [...new Set(rows.map(({ figures }) => figures.source))];
  return html`<section aria-labelledby="frame-loss">
    <h2 id="frame-loss">Frame loss by load</h2>
    <p>
      Frame loss rate after ${list(sourcesOf)}: a full wire first, then less and less, until two loads in turn
      lose nothing. What was lost while the machine took a core away is left out.
    </p>
    ${legend([...dataplanes(rows.map(({ row }) => row)), ...(doubtful ? ([['invalid', 'not valid']] as const) : [])])}
    <div class="panels">${panels}</div>
    ${again(sources)}
  </section>`;
}

function panelOf({ result: { cell } }: CellRow): string {
  return `${cell.nfs.length === 0 ? 'no NF' : `${chainLength(cell.nfs.length)}: ${chainText(cell.nfs)}`}, ${framesOf(cell).words}`;
}

/** `NetVM loses nothing up to 50 % of the wire's rate, and 46 % of a full wire.` */
function lossReading(rows: readonly LossRow[]): string {
  const parts = rows.map(({ row, figures }) => {
    const from = losslessPercent(figures);
    const full = figures.points[0]?.lossOutsideGapsRatio ?? 0;
    if (from === null) return `${row.series} loses packets at every load tried`;
    if (from === 100) return `${row.series} loses nothing of a full wire`;
    const least = `${row.series} loses nothing up to ${from} % of the wire's rate`;
    return full === 0 ? least : `${least}, and ${percent(full)} of what was sent at 100 %`;
  });
  return `${parts.join('; ')}.`;
}
