import type { ScaledInstance, ScalingFigures } from '../../model/figures.ts';
import { mppsUnit, rateUnit, whole } from '../format.ts';
import type { CellRow } from '../source.ts';
import { styleNames, type Style } from '../style.ts';
import { provenances } from './provenance.ts';
import { type Chart, renderChart, type Row } from './render.ts';

/** Colours and shapes of the instances, in the order of their start: within this chart they mean nothing else. */
export function instanceStyle(place: number): Style {
  return styleNames[place % styleNames.length] ?? 'other';
}

/** What an instance took in one interval: the mean of the repetitions in which it ran, the lowest and the highest. */
export interface RatePoint {
  readonly timeNs: number;
  readonly pps: number;
  readonly low: number;
  readonly high: number;
}

export function ratesOf({ receivedPps }: ScaledInstance, intervalNs: number): RatePoint[] {
  const intervals = Math.max(0, ...receivedPps.map((rates) => rates.length));
  return Array.from({ length: intervals }, (_, i) => i).flatMap((i) => {
    const known = receivedPps.map((rates) => rates[i] ?? null).filter((pps) => pps !== null);
    if (known.length === 0) return [];
    const pps = known.reduce((sum, one) => sum + one, 0) / known.length;
    return [{ timeNs: (i + 0.5) * intervalNs, pps, low: Math.min(...known), high: Math.max(...known) }];
  });
}

/** What each instance of a service takes over time, and when instances come and go. */
export function scalingChart(row: CellRow, figures: ScalingFigures, title: string): Promise<Chart> {
  const { instances, steps, intervalNs, sent } = figures;
  const all = instances.map((instance) => ratesOf(instance, intervalNs));
  const highest = Math.max(1, ...all.flat().map(({ high }) => high));
  const unit = rateUnit(highest);
  const axis = `taken by an instance, ${unit.name}`;
  const at = ({ timeNs, pps, low, high }: RatePoint): Row => ({
    ...{ time: timeNs / 1e9, rate: pps / unit.pps, low: low / unit.pps, high: high / unit.pps },
  });
  const repetitions = sent.length === 1 ? 'one repetition, so none' : `${sent.length} repetitions`;
  return renderChart('scaling', {
    title,
    provenance: provenances([row]),
    shows: axis,
    uncertainty: `pale: lowest and highest of ${repetitions}; line: mean`,
    texts: { rate: axis },
    description: `Packets that each instance takes over time, ${title}`,
    datasets: {
      rates: all.flatMap((points, place) =>
        points.map((point) => ({ ...at(point), style: instanceStyle(place), instance: place })),
      ),
      names: all.flatMap((points, place) => {
        const [middle] = points.slice(Math.floor(points.length / 2));
        const label = labelOf(instances[place]?.name ?? '', points);
        return middle === undefined ? [] : [{ ...at(middle), style: instanceStyle(place), label }];
      }),
      steps: steps.slice(1).map(({ step, atNs, lost }) => ({
        time: mean(atNs) / 1e9,
        text: `${step}: ${whole(lost.reduce((sum, count) => sum + count, 0))} lost`,
      })),
    },
    params: {
      xMax: Math.max(1e-3, ...all.flat().map(({ timeNs }) => (timeNs + intervalNs / 2) / 1e9)),
      yMax: (highest / unit.pps) * 1.1,
    },
  });
}

function labelOf(name: string, points: readonly RatePoint[]): string {
  const [first, last] = [points[0], points.at(-1)];
  const seconds = (ns: number | undefined) => ((ns ?? 0) / 1e9).toFixed(1);
  const whole = mean(points.map(({ pps }) => pps));
  return `${name}, from ${seconds(first?.timeNs)} s to ${seconds(last?.timeNs)} s: ${mppsUnit(whole)} on average`;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
