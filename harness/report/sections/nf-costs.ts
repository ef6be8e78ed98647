import type { NfCost } from '../../model/run.ts';
import { type CostMeaning, type CostRow, nfCostChart } from '../charts/nf-cost.ts';
import { commandsOf, type Figure, type Section, slug } from '../figure.ts';
import { bytes, chainLength, duration, list } from '../format.ts';
import { evenly, rowsMax } from '../limits.ts';
import { html } from '../markup.ts';
import { spreadOf } from '../paper/cycles.ts';
import type { CellRow } from '../source.ts';
import { legend, type LegendEntry, seriesLegend } from './legend.ts';
import { panelsHtml } from './panels.ts';
import { translatedApart } from './translated.ts';

/** A figure of an NF, in the unit that its text takes. */
interface Cost extends CostMeaning {
  readonly name: string;
  readonly of: (cost: NfCost) => number;
  /** Begins the sentence: what the values are of. */
  readonly opens: string;
}

/** What is less is drawn as so much, on an axis without a zero: a page of memory, a microsecond. */
const start: Cost = {
  name: 'nf-start',
  title: 'Start of an NF',
  shows: 'from the request until ready',
  unit: { name: 'ms', size: 1e6 },
  text: duration,
  of: ({ startMs }) => Math.max(1e3, startMs * 1e6),
  opens: 'Ready after',
};

const memory: Cost = {
  name: 'nf-memory',
  title: 'Memory of an NF',
  shows: "private memory of an NF's processes",
  unit: { name: 'MiB', size: 2 ** 20 },
  text: (value) => (value < 2 ** 20 ? `${Math.round(value / 1024)} KiB` : bytes(value)),
  of: ({ memoryBytes }) => Math.max(4096, memoryBytes),
  opens: 'Memory of its own:',
};

/** Start and memory of NFs, one chart each; what was emulated has charts of its own. Nothing where no cell has such figures. */
export async function nfCostsSection(rows: readonly CellRow[]): Promise<Section> {
  const known = rows.filter(({ result }) => (result.nfCosts ?? []).length > 0);
  const figures: Figure[] = [];
  for (const { isTranslated, here } of translatedApart(known))
    for (const cost of [start, memory]) figures.push(await costFigure(here, cost, isTranslated));
  if (figures.length === 0) return { html: html``, figures };
  return {
    figures,
    html: html`<section aria-labelledby="nf-costs">
      <h2 id="nf-costs">What an NF takes</h2>
      <p>
        The time from the request to start an NF until it was ready to be put into a chain, on the device's
        cores, with NetVM polling meanwhile: NFs of a chain are started at once, inline ones one after the
        other; and the memory that its processes have for themselves, without packets and without what they
        share.
      </p>
      ${legend(legendOf(known))} ${panelsHtml(figures.map((figure) => ({ figure })))}
    </section>`,
  };
}

async function costFigure(rows: readonly CellRow[], cost: Cost, isEmulated: boolean): Promise<Figure> {
  const all = costRows(rows, cost);
  const drawn = evenly(all, rowsMax);
  const title = `${cost.title}${isEmulated ? ', emulated' : ''}`;
  const left = all.length - drawn.length;
  return {
    name: slug(`${cost.name}${isEmulated ? '-emulated' : ''}`),
    label: title,
    chart: await nfCostChart(drawn, { ...cost, title }),
    legend: legendOf(rows),
    reading: `${costReading(all, cost)}${left > 0 ? ` ${left} more chains are in run.json only.` : ''}`,
    commands: commandsOf(rows.map(({ source }) => source)),
  };
}

/** A chain of NFs costs the same whatever its packets are: cells that differ in them alone are one row. */
function costRows(rows: readonly CellRow[], { of }: Cost): CostRow[] {
  const groups = Map.groupBy(rows, ({ series, result }) => [series, ...result.cell.nfs].join('\n'));
  return [...groups.values()].flatMap((cells): CostRow[] => {
    const values = cells.flatMap(({ result }) => (result.nfCosts ?? []).map(of));
    const [spread, worst] = [spreadOf(values), cells.find(({ result }) => result.verdict !== 'valid')];
    const row = worst ?? cells[0];
    return spread === null || row === undefined ? [] : [{ row, nfs: values.length, spread }];
  });
}

const seriesMax = 8;

/** Of the shortest and of the longest chain of each series. */
function costReading(rows: readonly CostRow[], { opens, text }: Cost): string {
  const series = [...Map.groupBy(rows, ({ row }) => row.series)];
  const parts = series.slice(0, seriesMax).map(([name, chains]) => {
    const sorted = chains.toSorted((a, b) => lengthOf(a) - lengthOf(b));
    const ends = [...new Set([sorted[0], sorted.at(-1)])].filter((one) => one !== undefined);
    return `${name} ${list(ends.map((one) => `${amount(one, text)} in a chain of ${chainLength(lengthOf(one))}`))}`;
  });
  const more = series.length > seriesMax ? ` (and ${series.length - seriesMax} others)` : '';
  return `${opens} ${parts.join('; ')}${more}.`;
}

function amount({ spread, nfs }: CostRow, text: Cost['text']): string {
  const [low, high] = [text(spread.low), text(spread.high)];
  return nfs === 1 || low === high ? text(spread.value) : `${text(spread.value)} (${low} to ${high})`;
}

function lengthOf({ row }: CostRow): number {
  return row.result.cell.nfs.length;
}

function legendOf(rows: readonly CellRow[]): LegendEntry[] {
  const doubtful = rows.some(({ result }) => result.verdict !== 'valid');
  return [
    ...seriesLegend(rows),
    ['pale', 'up to the median of its NFs'],
    ['wire', 'from the least to the most'],
    ...(doubtful ? [['limit', 'dashed: the cell is not valid'] as const] : []),
  ];
}
