import { framesOf } from '../../model/frames.ts';
import { frameLossChart, withLossCurve, type LossRow } from '../charts/frame-loss.ts';
import { commandsOf, type Figure, type Section, slug } from '../figure.ts';
import { losslessPercent } from '../figures.ts';
import { chainLength, chainShort, list, percent } from '../format.ts';
import { evenly, panelsMax } from '../limits.ts';
import { html } from '../markup.ts';
import type { CellRow } from '../source.ts';
import { legend, type LegendEntry, seriesLegend } from './legend.ts';
import { panelsHtml } from './panels.ts';

/** Nothing where a report has no loss curve. */
export async function frameLossSection(all: readonly CellRow[]): Promise<Section> {
  const rows = withLossCurve(all);
  if (rows.length === 0) return { html: html``, figures: [] };
  const groups = [...Map.groupBy(rows, ({ row }) => panelOf(row))];
  const drawn = evenly(groups, panelsMax);
  const panels = [];
  for (const [title, here] of drawn) {
    const figure: Figure = {
      name: slug(`frame-loss ${title}`),
      label: `Frame loss by load, ${title}`,
      chart: await frameLossChart(here, `Frame loss, ${title}`),
      legend: legendOf(here),
      reading: lossReading(here),
      commands: commandsOf(here.map(({ row }) => row.source)),
    };
    panels.push({ figure });
  }
  const sourcesOf = [...new Set(rows.map(({ figures }) => figures.source))];
  return {
    figures: panels.map(({ figure }) => figure),
    html: html`<section aria-labelledby="frame-loss">
      <h2 id="frame-loss">Frame loss by load</h2>
      <p>
        Frame loss rate after ${list(sourcesOf)}: a full wire first, then less and less, until two loads in
        turn lose nothing. Points leave out what was lost while the machine took a core away.
      </p>
      ${legend(legendOf(rows))} ${panelsHtml(panels, groups.length - drawn.length)}
    </section>`,
  };
}

function legendOf(rows: readonly LossRow[]): LegendEntry[] {
  const doubtful = rows.some(({ figures }) => figures.points.some((point) => point.verdict !== 'valid'));
  return [
    ...seriesLegend(rows.map(({ row }) => row)),
    ['bounds', 'up to the loss with gaps counted too'],
    ...(doubtful ? [['invalid', 'not valid'] as const] : []),
  ];
}

function panelOf({ result: { cell } }: CellRow): string {
  const chain = cell.nfs.length === 0 ? 'no NF' : `${chainLength(cell.nfs.length)}: ${chainShort(cell.nfs)}`;
  return `${framesOf(cell).words}, ${chain}`;
}

/** `NetVM loses nothing up to 50 % of the wire's rate, and 46 % of a full wire.` */
function lossReading(rows: readonly LossRow[]): string {
  const parts = rows.slice(0, 8).map(({ row, figures }) => {
    const from = losslessPercent(figures);
    const full = figures.points[0]?.lossOutsideGapsRatio ?? 0;
    if (from === null) return `${row.series} loses packets at every load tried`;
    if (from === 100) return `${row.series} loses nothing of a full wire`;
    const least = `${row.series} loses nothing up to ${from} % of the wire's rate`;
    return full === 0 ? least : `${least}, and ${percent(full)} of what was sent at 100 %`;
  });
  const points = [...new Set(rows.map(({ figures }) => losslessPercent(figures)))];
  const same =
    rows.length > 1 && points.length === 1
      ? ' Of when loss begins these data show no difference: it is between two loads of the same steps.'
      : '';
  return `${parts.join('; ')}.${same}`;
}
