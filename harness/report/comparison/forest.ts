import { cellWords } from '../../model/cell.ts';
import type { FigureComparison } from '../../model/comparison.ts';
import { emulatedMark } from '../../model/comparison-words.ts';
import { type Chart, renderChart, type Row } from '../charts/render.ts';
import { fitText } from '../charts/text.ts';
import { plain } from '../markup.ts';

const rowPixels = 40;
const namePixels = 395;
const nameFontSize = 11;

/** Further out than this a picture shows no ratio. */
const ratioMax = 1000;

/** Ratios of one kind of figures with their intervals, a row a figure (Lewis and Clarke 2001, "Forest plots", BMJ 322:1479). Of at least one that has a ratio. */
export function forestChart(
  figures: readonly FigureComparison[],
  title: string,
  confidence: number,
): Promise<Chart> {
  const drawn = figures.filter(({ ratio }) => ratio !== null);
  const provenance = [...new Set(drawn.flatMap(({ a, b }) => [...a.provenances, ...b.provenances]))].join(
    ', ',
  );
  const ends = drawn.flatMap((figure) => [...rangeOf(figure), figure.ratio ?? 1]).map(shown);
  const [xMin, xMax] = [Math.min(0.9, ...ends) * 0.95, Math.max(1.1, ...ends) * 1.05];
  return renderChart('compare', {
    title,
    provenance: provenance === '' ? 'no figures' : provenance,
    shows: 'figures of B over those of A',
    uncertainty: `bars: intervals, ${Number((confidence * 100).toPrecision(4))} % of each figure alone`,
    description: `${title}: ratios of B over A with their intervals`,
    height: drawn.length * rowPixels,
    datasets: { figures: drawn.map(rowOf), parity: [{ ratio: 1 }] },
    params: { rows: drawn.length, xMin, xMax, ticks: ticksOf(xMin, xMax) },
  });
}

/** What a figure is called, in words of the archive. */
export function nameOf({ cell, metric }: Pick<FigureComparison, 'cell' | 'metric'>): string {
  const load = /^latencyP99At([0-9]+)PercentNs$/.exec(metric.name)?.[1];
  const isUsual = metric.name === 'throughputPps' || metric.name === 'receivedPps';
  const what = load === undefined ? metric.name : `p99 at ${load} %`;
  return plain(isUsual ? cellWords(cell) : `${what}: ${cellWords(cell)}`);
}

/** The same, and whether it is emulated. */
export function markedName(figure: FigureComparison): string {
  return `${nameOf(figure)}${emulatedMark(figure)}`;
}

/** Whether B is better, for all that is claimed or suspected. */
export function stateOf({ verdict, ratio, metric }: FigureComparison): 'better' | 'worse' | 'open' {
  if ((verdict !== 'different' && verdict !== 'suspected') || ratio === null) return 'open';
  return ratio > 1 === (metric.better === 'higher') ? 'better' : 'worse';
}

function rowOf(figure: FigureComparison, index: number): Row {
  const [low, high] = rangeOf(figure);
  const ratio = figure.ratio ?? 1;
  return {
    row: index + 0.72,
    nameRow: index + 0.3,
    ratio: shown(ratio),
    low: shown(low),
    high: shown(high),
    state: stateOf(figure),
    name: fitText(nameOf(figure), namePixels, nameFontSize),
    label: `${markedName(figure)}: ${ratio.toFixed(3)} times, ${plain(figure.reason)}`,
  };
}

/** Without an interval there is a point alone. */
function rangeOf({ interval, ratio }: FigureComparison): [number, number] {
  const at = ratio ?? 1;
  return interval === null ? [at, at] : [interval.low, interval.high ?? ratioMax];
}

/** On a logarithmic axis there is no zero. */
function shown(ratio: number): number {
  return Math.min(ratioMax, Math.max(1 / ratioMax, ratio));
}

function ticksOf(low: number, high: number): number[] {
  const near = [0.8, 0.9, 1, 1.1, 1.25];
  const far = [0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1000];
  return (high / low < 2 ? near : far).filter((tick) => tick >= low && tick <= high);
}
