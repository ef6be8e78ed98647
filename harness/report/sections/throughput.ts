import { throughputChart } from '../charts/throughput.ts';
import { commandsOf, type Figure, type Section, slug } from '../figure.ts';
import { evenly, panelsMax } from '../limits.ts';
import { html } from '../markup.ts';
import { boundsOf, type CellRow, framesIn, isOf, type RunSource } from '../source.ts';
import { throughputReading } from '../words.ts';
import { legend, type LegendEntry, seriesLegend } from './legend.ts';
import { panelsHtml } from './panels.ts';
import { notValid, trafficNote } from './parts.ts';
import { translatedApart } from './translated.ts';

export async function throughputSection(
  sources: readonly RunSource[],
  rows: readonly CellRow[],
): Promise<Section> {
  if (rows.length === 0) return { html: html``, figures: [] };
  const kinds = framesIn(rows);
  const drawn = evenly(kinds, panelsMax);
  const panels = [];
  for (const frames of drawn) {
    for (const { isTranslated, here } of translatedApart(rows.filter((row) => isOf(frames, row)))) {
      const title = isTranslated ? ', virtual machines, emulated' : '';
      const figure: Figure = {
        name: slug(`throughput ${frames.short} ${frames.traffic ?? ''}${title}`),
        label: `Throughput, ${frames.words}${title}`,
        chart: await throughputChart(here, frames),
        legend: legendOf(here),
        reading: throughputReading(here, frames),
        commands: commandsOf(here.map(({ source }) => source)),
      };
      panels.push({ figure, before: trafficNote(frames) });
    }
  }
  return {
    figures: panels.map(({ figure }) => figure),
    html: html`<section aria-labelledby="throughput">
      <h2 id="throughput">Throughput by chain length</h2>
      <p>
        The highest load at which not one packet was lost (RFC 1242 throughput); the bar at a point ends at
        the lowest load at which one
        was.${rows.some((row) => row.result.cell.method === 'mrr') && ' Cells of the method mrr show what was received of a full load, lost packets or not.'}
      </p>
      ${legend(legendOf(rows))} ${panelsHtml(panels, kinds.length - drawn.length)} ${notValid(rows)}
    </section>`,
  };
}

function legendOf(rows: readonly CellRow[]): LegendEntry[] {
  const searched = rows.some(({ result }) => result.cell.method !== 'mrr');
  const repeated = rows.some((row) => row.result.figures?.method === 'mrr' && boundsOf(row).upperPps > 0);
  return [
    ...seriesLegend(rows),
    ...(searched ? [['bounds', 'bounds of the search'] as const] : []),
    ...(repeated ? [['bounds', 'lowest and highest trial (mrr)'] as const] : []),
    ...(rows.some((row) => row.result.verdict !== 'valid') ? [['invalid', 'not valid'] as const] : []),
  ];
}
