import type { Comparison } from '../compare.ts';
import { chainLength, times } from '../format.ts';
import { coresMoved } from '../words.ts';
import { look, provenances } from './provenance.ts';
import { type Chart, renderChart, type Row } from './render.ts';
import { arrangeByChain } from './rows.ts';
import { boldRatio, fitText } from './text.ts';

const rowPixels = 22;

/** NetVM over vhost-user, a row a chain, for the comparisons of one frame size and run. */
export function ratioChart(comparisons: readonly Comparison[], title: string): Promise<Chart> {
  const places = arrangeByChain(comparisons, (comparison) => comparison.netvm);
  const scale = scaleOf(comparisons);
  return renderChart('ratio', {
    title,
    provenance: provenances(comparisons.flatMap((c) => [c.netvm, c.baseline])),
    shows: "NetVM's rate over vhost-user's",
    uncertainty: 'bars: what the bounds of both searches allow',
    description: `NetVM's throughput over vhost-user's by chain, ${title}`,
    height: Math.round(places.total * rowPixels),
    datasets: {
      pairs: comparisons.map((c) => pair(c, places.of.get(c) ?? 0)),
      values: comparisons.map((c) => ({
        text: fitText(valueText(c), 64, 12 * boldRatio),
        row: places.of.get(c) ?? 0,
      })),
      parity: [{ ratio: 1 }],
      chains: places.chains,
      headings: places.headings,
    },
    params: { rows: places.total, ...scale },
  });
}

function pair(comparison: Comparison, row: number): Row {
  const { ratio, trusted, nfs, netvm, mixed } = comparison;
  const doubt = trusted || ratio === null ? '' : `; ${mixed || 'a side is not valid'}`;
  const moved = coresMoved(comparison);
  return {
    ...look(netvm),
    row,
    ratio: positive(ratio?.value),
    low: positive(ratio?.low),
    high: positive(ratio?.high),
    state: ratio === null || ratio.value <= 0 ? 'none' : trusted ? 'valid' : 'doubtful',
    label: `${chainLength(nfs)}: ${netvm.series} carries ${valueText(comparison)} what vhost-user does${
      ratio === null ? '' : ` (${times(ratio.low)} to ${times(ratio.high)})`
    }${moved && `; ${moved}`}${doubt}`,
  };
}

/** On a logarithmic axis there is no zero. */
function positive(value: number | undefined): number {
  return value !== undefined && value > 0 && Number.isFinite(value) ? value : 1;
}

/** In brackets where it is not to be trusted. */
function valueText({ ratio, trusted }: Comparison): string {
  if (ratio === null) return 'no figure';
  if (!trusted) return `(${times(ratio.value)}×)`;
  if (ratio.bothFillWire) return 'wire full';
  return `${ratio.atLeast ? '≥ ' : ''}${times(ratio.value)}×`;
}

/** From below the least that the bounds allow to above the most, parity always among it. */
function scaleOf(comparisons: readonly Comparison[]): Record<string, number | number[]> {
  const values = comparisons.flatMap(({ ratio }) =>
    ratio === null ? [] : [ratio.low, ratio.value, ratio.high].filter((v) => v > 0 && Number.isFinite(v)),
  );
  const xMin = Math.min(1, ...values) * 0.85;
  const xMax = Math.max(1.2, ...values) * 1.18;
  return { xMin, xMax, ticks: ticksOf(xMin, xMax) };
}

/** 1, 2 and 5 of each decade, or fewer where they would not fit. */
function ticksOf(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const steps = decades < 2.2 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(decades / 6));
  const first = Math.floor(Math.log10(low));
  const ticks: number[] = [];
  for (let decade = first; decade <= Math.ceil(Math.log10(high)); decade += 1)
    if (decade % every === 0)
      for (const step of steps) ticks.push(Number((step * 10 ** decade).toPrecision(3)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}
