import { framesOf } from '../../model/frames.ts';
import type { ScalingFigures } from '../../model/figures.ts';
import { instanceStyle, mean, ratesOf, scalingChart } from '../charts/scaling.ts';
import { commandsOf, type Figure, slug } from '../figure.ts';
import { total } from '../figures.ts';
import { chainShort, duration, list, mppsUnit, percent, whole } from '../format.ts';
import { evenly, panelsMax } from '../limits.ts';
import type { CellRow } from '../source.ts';
import type { LegendEntry } from './legend.ts';

/** A picture a cell: what each instance takes over time. */
export async function scalingFigures(
  rows: readonly CellRow[],
): Promise<{ readonly figures: Figure[]; readonly leftOut: number }> {
  const drawn = evenly(rows, panelsMax);
  const figures: Figure[] = [];
  for (const row of drawn) {
    const found = row.result.figures;
    if (found?.method === 'scaling') figures.push(await scalingFigure(row, found));
  }
  return { figures, leftOut: rows.length - drawn.length };
}

async function scalingFigure(row: CellRow, found: ScalingFigures): Promise<Figure> {
  const { cell, verdict } = row.result;
  const name = row.series.replace(` · ${cell.method}`, '');
  const title = `${name}, ${framesOf(cell).short}: ${chainShort(cell.nfs)}`;
  const not = verdict === 'valid' ? '' : ` The cell is ${verdict}.`;
  return {
    name: slug(`scaling ${name} ${framesOf(cell).short} ${chainShort(cell.nfs)}`),
    label: `Scaling, ${title}`,
    chart: await scalingChart(row, found, `Scaling, ${title}`),
    legend: scalingLegend(found),
    reading: `${scalingReading(found)}.${not}`,
    commands: commandsOf([row.source]),
  };
}

export function scalingLegend({ instances }: ScalingFigures): LegendEntry[] {
  return [
    ...instances.map(({ name }, place): LegendEntry => [instanceStyle(place), name]),
    ['pale', 'lowest and highest repetition'],
    ['parity', 'a step is ordered'],
  ];
}

/** What was lost, how long a step takes, and how evenly the instances share the load before the next step. */
export function scalingReading(figures: ScalingFigures): string {
  const { service, steps, offeredPps, sent, lost, lostInGaps, duplicates, summary } = figures;
  const [losses, twice] = [total(lost), total(duplicates)];
  const counts = list(steps.map(({ instances }) => String(instances)));
  const gaps =
    total(lostInGaps) > 0 ? `, ${whole(total(lostInGaps))} of them while a core was taken away` : '';
  const loss = `${losses === 0 ? 'not a packet' : `${whole(losses)} packets`} of ${whole(total(sent))} ${losses > 1 ? 'were' : 'was'} lost${gaps}`;
  const double = twice === 0 ? 'none came twice' : `${whole(twice)} came twice`;
  const took = `a step takes ${duration(summary.mean)} (${duration(summary.min)} to ${duration(summary.max)})`;
  const shares = sharesBefore(figures, 'scale-in');
  const balance = shares === null ? '' : `; before scale-in ${shares}`;
  return `${service} with ${counts} instances at ${mppsUnit(offeredPps)}: ${loss}, ${double}; ${took}${balance}`;
}

/** `nf0-forward.1 takes 51 % (49 to 53 %)`: of the last half of the time before a step, lowest and highest interval. */
function sharesBefore({ instances, steps, intervalNs }: ScalingFigures, step: string): string | null {
  const place = steps.findIndex((one) => one.step === step);
  const [before, after] = [steps[place - 1], steps[place]];
  if (before === undefined || after === undefined) return null;
  const [fromNs, toNs] = [
    (mean(before.atNs) + mean(after.atNs)) / 2,
    Math.min(...after.atNs) - intervalNs / 2,
  ];
  const all = instances.map((instance) => ({
    name: instance.name,
    points: ratesOf(instance, intervalNs).filter(({ timeNs }) => timeNs >= fromNs && timeNs <= toNs),
  }));
  const there = all.filter(({ points }) => points.length > 0);
  const sum = there.reduce((rate, { points }) => rate + mean(points.map(({ pps }) => pps)), 0);
  if (there.length < 2 || sum === 0) return null;
  const parts = there.map(({ name, points }) => {
    const low = Math.min(...points.map((point) => point.low));
    const high = Math.max(...points.map((point) => point.high));
    return `${name} takes ${percent(mean(points.map(({ pps }) => pps)) / sum)} (${percent(low / sum)} to ${percent(high / sum)})`;
  });
  return list(parts);
}
