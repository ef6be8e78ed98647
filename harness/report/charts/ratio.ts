import type { Comparison } from '../compare.ts';
import { chainLength, times } from '../format.ts';
import type { Html } from '../markup.ts';
import { coresMoved } from '../words.ts';
import { provenances } from './provenance.ts';
import { renderChart, type Row } from './render.ts';

/** NetVM over vhost-user by chain length, for the comparisons of one frame size and run. */
export function ratioChart(comparisons: readonly Comparison[], title: string): Promise<Html> {
  const highest = Math.max(1, ...comparisons.map((c) => c.ratio?.high ?? 0));
  return renderChart('ratio', {
    title,
    subtitle: `${provenances(comparisons.flatMap((c) => [c.netvm, c.baseline]))} · NetVM over vhost-user; lines: bounds`,
    description: `NetVM's zero-loss throughput over vhost-user's by chain length, ${title}`,
    datasets: { bars: comparisons.map((c) => bar(c, comparisons)), parity: [{ ratio: 1 }] },
    params: { yMax: highest * 1.18 },
  });
}

function bar(comparison: Comparison, all: readonly Comparison[]): Row {
  const { ratio, trusted, nfs } = comparison;
  const text = valueText(comparison);
  const moved = coresMoved(comparison);
  return {
    chain: chainName(comparison, all),
    ratio: ratio?.value ?? 0,
    low: ratio?.low ?? 0,
    high: ratio?.high ?? 0,
    state: ratio === null ? 'none' : trusted ? 'valid' : 'doubtful',
    text,
    label: `${chainLength(nfs)}: NetVM carries ${text} what vhost-user does${moved && `; ${moved}`}`,
  };
}

function valueText({ ratio, trusted }: Comparison): string {
  if (ratio === null) return 'no figure';
  if (!trusted) return `${times(ratio.value)}× (not valid)`;
  if (ratio.bothFillWire) return 'wire full';
  return `${ratio.atLeast ? '≥ ' : ''}${times(ratio.value)}×`;
}

/** Chains of one length and of different NFs need more than their length to be told apart. */
function chainName(comparison: Comparison, all: readonly Comparison[]): string {
  const chain = comparison.netvm.result.cell.nfs;
  const unique = all.every(
    (other) => other.nfs !== comparison.nfs || other.netvm.result.cell.nfs.join() === chain.join(),
  );
  return unique ? chainLength(comparison.nfs) : `${comparison.nfs}: ${chain.join(', ')}`;
}
