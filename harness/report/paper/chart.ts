import { provenances } from '../charts/provenance.ts';
import { renderChart, type Chart } from '../charts/render.ts';
import type { CellRow } from '../source.ts';
import type { Style } from '../style.ts';
import { linearAxis, logAxis } from './scale.ts';

/** A point of a line: where, how much, and between what. */
export interface LinePoint {
  readonly series: string;
  readonly style: Style;
  /** Its place on the axis: a number, as it is written there. */
  readonly x: string;
  readonly y: number;
  readonly low: number;
  readonly high: number;
  readonly isValid: boolean;
  /** In words, for a reader that sees no picture. */
  readonly label: string;
}

export interface LineChart {
  readonly title: string;
  readonly uncertainty: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly scale: 'linear' | 'log';
  readonly points: readonly LinePoint[];
  /** Where its figures come from. */
  readonly rows: readonly CellRow[];
  /** A rate of the wire. */
  readonly marker?: { readonly y: number; readonly text: string };
}

export function lineChart(chart: LineChart): Promise<Chart> {
  const { title, uncertainty, xTitle, yTitle, points, rows, marker } = chart;
  const values = [...points.flatMap(({ y, low, high }) => [y, low, high]), ...(marker ? [marker.y] : [])];
  const axis = chart.scale === 'log' ? logAxis(values) : linearAxis(values);
  // The axis has its places in the order in which they come.
  const inOrder = points.toSorted((a, b) => Number(a.x) - Number(b.x));
  const drawn = inOrder.map(({ style, isValid, ...point }) => ({
    ...point,
    ...looks[style],
    state: isValid ? 'valid' : 'not valid',
  }));
  return renderChart('paper-lines', {
    title,
    ...{ provenance: provenances(rows), shows: yTitle, uncertainty },
    description: `${yTitle} by ${xTitle}, ${title}`,
    texts: { 'x title': xTitle, 'y title': yTitle, linear: axis.kind },
    datasets: {
      points: drawn,
      lines: drawn.filter(({ state }) => state === 'valid'),
      marker: marker === undefined ? [] : [marker],
    },
    params: { yMin: axis.min, yMax: axis.max, ticks: axis.ticks },
  });
}

/** A value with its interval, in a row of its own. */
export interface Dot {
  readonly row: string;
  readonly style: Style;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly text: string;
  /** Hollow: somebody else's, or not to be trusted. */
  readonly isHollow: boolean;
  readonly label: string;
}

export interface DotChart {
  readonly title: string;
  readonly provenance: string;
  readonly uncertainty: string;
  readonly xTitle: string;
  readonly scale: 'linear' | 'log';
  readonly dots: readonly Dot[];
}

const rowPixels = 24;

export function dotChart({ title, provenance, uncertainty, xTitle, scale, dots }: DotChart): Promise<Chart> {
  const values = dots.flatMap(({ value, low, high }) => [value, low, high]);
  const axis = scale === 'log' ? logAxis(values) : linearAxis(values);
  return renderChart('paper-dots', {
    title,
    ...{ provenance, shows: xTitle, uncertainty },
    description: `${xTitle}, ${title}`,
    height: Math.max(2, dots.length) * rowPixels,
    texts: { 'x title': xTitle, linear: axis.kind },
    datasets: {
      points: dots.map(({ style, isHollow, ...dot }) => ({
        ...dot,
        ...looks[style],
        state: isHollow ? 'hollow' : 'valid',
      })),
    },
    params: { xMin: axis.min, xMax: axis.max, ticks: axis.ticks },
  });
}

/** Colours and shapes as in every other chart. */
const looks: Readonly<Record<Style, { readonly color: string; readonly shape: string }>> = {
  netvm: { color: '#0b62c4', shape: 'circle' },
  'netvm-2': { color: '#00756a', shape: 'triangle-up' },
  'netvm-3': { color: '#7b3fb5', shape: 'triangle-down' },
  'netvm-4': { color: '#8a6a00', shape: 'triangle-left' },
  'vhost-user': { color: '#b8500a', shape: 'square' },
  virtio: { color: '#a8322a', shape: 'M0,-0.9L0.86,-0.28L0.53,0.73L-0.53,0.73L-0.86,-0.28Z' },
  'virtio-kernel': { color: '#4f6b00', shape: 'M-0.75,-0.75H0.75L-0.75,0.75H0.75Z' },
  'virtio-tap': { color: '#3a4a9f', shape: 'M-0.75,-0.75V0.75L0.75,-0.75V0.75Z' },
  forwarder: { color: '#64748b', shape: 'diamond' },
  sriov: { color: '#b3246f', shape: 'cross' },
  other: { color: '#4d5866', shape: 'triangle-right' },
};
