import { ratioChart } from '../charts/ratio.ts';
import { compareWithBaseline, type Comparison } from '../compare.ts';
import { commandsOf, type Figure, type Section, slug } from '../figure.ts';
import { capital } from '../format.ts';
import { evenly, panelsMax, rowsMax } from '../limits.ts';
import { html } from '../markup.ts';
import type { CellRow, RunSource } from '../source.ts';
import { ratioReading } from '../words.ts';
import { legend, type LegendEntry, seriesLegend } from './legend.ts';
import { panelsHtml } from './panels.ts';
import { trafficNote } from './parts.ts';

/** Nothing where a report has no pair to compare. */
export async function ratioSection(
  sources: readonly RunSource[],
  rows: readonly CellRow[],
): Promise<Section> {
  const comparisons = compareWithBaseline(rows);
  if (comparisons.length === 0) return { html: html``, figures: [] };
  const groups = [...Map.groupBy(comparisons, (c) => `${c.frames.key} ${c.netvm.runNumber}`).values()];
  const drawn = evenly(groups, panelsMax);
  const panels = [];
  for (const group of drawn) {
    const [first] = group;
    if (first === undefined) continue;
    const here = evenly(group, rowsMax);
    const run = sources.length > 1 ? `, run ${first.netvm.runNumber}` : '';
    const title = `${capital(first.frames.words)}${run}`;
    const figure: Figure = {
      name: slug(`ratio ${first.frames.short} ${first.frames.traffic ?? ''} ${run}`),
      label: `NetVM next to vhost-user, ${title}`,
      chart: await ratioChart(here, `NetVM next to vhost-user, ${first.frames.short}${run}`),
      legend: legendOf(here),
      reading: `${ratioReading(here)}${cut(group.length - here.length)}`,
      commands: commandsOf([first.netvm.source]),
    };
    panels.push({ figure, before: trafficNote(first.frames) });
  }
  return {
    figures: panels.map(({ figure }) => figure),
    html: html`<section aria-labelledby="ratio">
      <h2 id="ratio">NetVM next to vhost-user</h2>
      <p>
        The throughput of NetVM divided by that of the vhost-user switch, with the same chain of the same
        functions, on the same cores, in the same run. “≥” where NetVM filled the wire, so that the wire was
        the limit.
      </p>
      ${legend(legendOf(comparisons))} ${panelsHtml(panels, groups.length - drawn.length)}
    </section>`,
  };
}

function legendOf(comparisons: readonly Comparison[]): LegendEntry[] {
  const doubtful = comparisons.some((c) => !c.trusted && c.ratio !== null);
  return [
    ...seriesLegend(comparisons.map((c) => c.netvm)),
    ['interval', 'what the bounds of both searches allow'],
    ['parity', 'parity'],
    ...(doubtful ? [['invalid', 'a side is not valid, or they are not of one kind'] as const] : []),
  ];
}

function cut(leftOut: number): string {
  return leftOut > 0 ? ` ${leftOut} more chains are in the table of cells only.` : '';
}
