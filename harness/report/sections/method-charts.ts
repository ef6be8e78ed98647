import { framesOf } from '../../model/frames.ts';
import type { MethodFigures } from '../../model/figures.ts';
import { repeatsChart, type RepeatedMeaning, type RepeatedRow } from '../charts/repeats.ts';
import { soakChart } from '../charts/soak.ts';
import { commandsOf, type Figure, slug } from '../figure.ts';
import { lostOutside } from '../figures.ts';
import {
  chainLength,
  chainShort,
  confidenceText,
  duration,
  mppsUnit,
  percent,
  rateUnit,
  whole,
} from '../format.ts';
import { overlaps } from '../intervals.ts';
import { evenly, panelsMax, rowsMax } from '../limits.ts';
import type { CellRow } from '../source.ts';
import { type LegendEntry, seriesLegend } from './legend.ts';
import { scalingFigures } from './scaling-figures.ts';

/** Pictures of the methods whose figures are no curve: every repetition, or every second. */
export async function methodFigures(
  method: MethodFigures['method'],
  rows: readonly CellRow[],
): Promise<{ readonly figures: Figure[]; readonly leftOut: number }> {
  if (method === 'scaling') return scalingFigures(rows);
  return method === 'soak' ? soakFigures(rows) : repeatedFigures(method, rows);
}

async function repeatedFigures(
  method: MethodFigures['method'],
  rows: readonly CellRow[],
): Promise<{ figures: Figure[]; leftOut: number }> {
  const meaning = meanings[method];
  if (meaning === undefined) return { figures: [], leftOut: 0 };
  const groups = [...Map.groupBy(rows, ({ result }) => framesOf(result.cell).key).values()];
  const figures: Figure[] = [];
  const drawn = evenly(groups, panelsMax);
  for (const group of drawn) {
    const repeated = group
      .map((row) => ({ row, values: valuesOf(row.result.figures) }))
      .filter(({ values }) => values.length > 0);
    const here = evenly(repeated, rowsMax);
    const [first] = here;
    if (first === undefined) continue;
    const frames = framesOf(first.row.result.cell);
    const left = repeated.length - here.length;
    figures.push({
      name: slug(`${method} ${frames.short} ${frames.traffic ?? ''}`),
      label: `${meaning.name}, ${frames.words}`,
      chart: await repeatsChart(here, { ...meaning, title: `${meaning.name}, ${frames.words}` }),
      legend: legendOf(here.map(({ row }) => row)),
      reading: `${repeatsReading(here, meaning)}${left > 0 ? ` ${left} more cells are in the table only.` : ''}`,
      commands: commandsOf(here.map(({ row }) => row.source)),
    });
  }
  return { figures, leftOut: groups.length - drawn.length };
}

function legendOf(rows: readonly CellRow[]): LegendEntry[] {
  return [
    ...seriesLegend(rows),
    ['repeat', 'each repetition'],
    ['mean', 'their mean'],
    ...(rows.some(({ result }) => result.verdict !== 'valid')
      ? [['limit', 'range dashed: not valid'] as const]
      : []),
  ];
}

type Meaning = Omit<RepeatedMeaning, 'title'> & { readonly name: string };

const time = {
  unitOf: (highestNs: number) => {
    if (highestNs >= 1e9) return { name: 's', size: 1e9 };
    if (highestNs >= 1e6) return { name: 'ms', size: 1e6 };
    return highestNs >= 1e3 ? { name: 'µs', size: 1e3 } : { name: 'ns', size: 1 };
  },
  text: duration,
};

const meanings: Partial<Record<MethodFigures['method'], Meaning>> = {
  mrr: {
    name: 'Maximum receive rate',
    shows: 'received of a full wire',
    unitOf: (highest) => {
      const { name, pps } = rateUnit(highest);
      return { name, size: pps };
    },
    text: mppsUnit,
  },
  'back-to-back': {
    name: 'Longest burst without loss',
    shows: 'longest burst',
    unitOf: () => ({ name: 'frames', size: 1 }),
    text: (frames) => `${whole(frames)} frames`,
  },
  recovery: { name: 'Recovery from an overload', shows: 'time until the last packet lost', ...time },
  reset: { name: 'Interruption by a reset', shows: 'interruption, by the packets lost', ...time },
};

function valuesOf(figures: MethodFigures | undefined): readonly number[] {
  switch (figures?.method) {
    case 'mrr':
      return figures.receivedPps;
    case 'back-to-back':
      return figures.bursts;
    case 'recovery':
      return figures.recoveryNs;
    case 'reset':
      return figures.frameLossNs;
    default:
      return [];
  }
}

/** Of the longest chain that most data planes have; says where the ranges overlap. */
function repeatsReading(rows: readonly RepeatedRow[], { text }: Meaning): string {
  const valid = rows.filter(({ row, values }) => row.result.verdict === 'valid' && values.length > 0);
  const chains = [...Map.groupBy(valid, ({ row }) => row.result.cell.nfs.length)];
  const [best] = chains.toSorted(([a, one], [b, other]) => other.length - one.length || b - a);
  if (best === undefined) return 'No cell of it is valid.';
  const [nfs, all] = best;
  const cells = all.slice(0, 8);
  const parts = cells.map(({ row, values }) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    if (values.length === 1) return `${row.series} ${text(low)}, once: nothing shows how far that varies`;
    return `${row.series} ${text(low)} to ${text(high)} (${values.length} repetitions)`;
  });
  const [a, b] = cells;
  const same =
    a !== undefined && b !== undefined && all.length === 2 && overlaps(range(a), range(b))
      ? ' Their ranges overlap: these data show no difference.'
      : '';
  return `${nfs === 0 ? 'With no NF' : `Through ${chainLength(nfs)}`}: ${parts.join('; ')}.${same}`;
}

function range({ values }: RepeatedRow): { low: number; high: number } {
  return { low: Math.min(...values), high: Math.max(...values) };
}

async function soakFigures(rows: readonly CellRow[]): Promise<{ figures: Figure[]; leftOut: number }> {
  const figures: Figure[] = [];
  const drawn = evenly(rows, panelsMax);
  for (const row of drawn) {
    const found = row.result.figures;
    if (found?.method !== 'soak') continue;
    const { cell, verdict } = row.result;
    const chain = cell.nfs.length === 0 ? 'no NF' : chainShort(cell.nfs);
    const name = row.series.replace(` · ${cell.method}`, '');
    const title = `${name}, ${framesOf(cell).short}: ${chain}`;
    const unknown = found.lostBySecond.filter((lost) => lost === null).length;
    const not = verdict === 'valid' ? '' : ` The cell is ${verdict}.`;
    figures.push({
      name: slug(`soak ${name} ${framesOf(cell).short} ${chain}`),
      label: `Soak, ${title}`,
      chart: await soakChart(row, found, `Soak, ${title}`),
      legend: [
        ...seriesLegend([row]),
        ['limit', 'what the mean is below'],
        ...(unknown > 0 ? [['unknown', 'not known'] as const] : []),
      ],
      reading:
        `${whole(lostOutside(found))} of ${whole(found.sent)} packets were lost in ${duration(found.durationNs)}; ` +
        `the loss ratio is below ${percent(found.lossRatioBelow)} with ${confidenceText(found.confidence)} confidence.` +
        `${unknown > 0 ? ` Of ${unknown === 1 ? 'one second' : `${unknown} seconds`} it is not known what was lost.` : ''}${not}`,
      commands: commandsOf([row.source]),
    });
  }
  return { figures, leftOut: rows.length - drawn.length };
}
