/** An axis from a least to a greatest value, with the places that are named on it. */
export interface Axis {
  readonly kind: 'linear' | 'log';
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** From nothing on, in steps of 1, 2 or 5. */
export function linearAxis(values: readonly number[]): Axis {
  const top = Math.max(0, ...values.filter(Number.isFinite)) * 1.12;
  if (top === 0) return { kind: 'linear', min: 0, max: 1, ticks: [0, 1] };
  const rough = top / 5;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * ([1, 2, 5, 10].find((factor) => factor * decade >= rough) ?? 10);
  const count = Math.floor(top / step);
  // Written out, 3 * 0.2 would be 0.6000000000000001.
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(6)));
  return { kind: 'linear', min: 0, max: top, ticks };
}

/** Decades around what is above nothing. */
export function logAxis(values: readonly number[]): Axis {
  const above = values.filter((value) => value > 0 && Number.isFinite(value));
  if (above.length === 0) return { kind: 'log', min: 1, max: 10, ticks: [1, 10] };
  const first = Math.floor(Math.log10(Math.min(...above)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...above) * 1.02)));
  // Names of more decades than four or five would write over each other.
  const every = Math.ceil((last - first) / 4);
  const count = Math.floor((last - first) / every) + 1;
  const ticks = Array.from({ length: count }, (_, i) => Number((10 ** (first + i * every)).toPrecision(6)));
  return { kind: 'log', min: 10 ** first, max: 10 ** last, ticks };
}
