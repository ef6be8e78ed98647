import { html, Html } from '../markup.ts';
import type { CellRow } from '../source.ts';
import { styleNames } from '../style.ts';

export type LegendEntry = readonly [symbol: LegendSymbol, text: string];
export type LegendSymbol = keyof typeof shapes;

/** A symbol as the charts draw it, in a box of 14 by 14; colours are variables of the page. */
const shapes = {
  netvm: filled('netvm', '<circle cx="7" cy="7" r="5"/>'),
  'netvm-2': filled('netvm-2', '<path d="M7 1.5L12.5 11.5H1.5Z"/>'),
  'netvm-3': filled('netvm-3', '<path d="M7 12.5L12.5 2.5H1.5Z"/>'),
  'netvm-4': filled('netvm-4', '<path d="M1.5 7L11.5 1.5V12.5Z"/>'),
  'vhost-user': filled('vhost', '<rect x="2.5" y="2.5" width="9" height="9"/>'),
  virtio: filled('virtio', '<path d="M7 1.5L12.3 5.4L10.3 11.6H3.7L1.7 5.4Z"/>'),
  'virtio-kernel': filled('virtio-kernel', '<path d="M2 2H12L2 12H12Z"/>'),
  'virtio-tap': filled('virtio-tap', '<path d="M2 2V12L12 2V12Z"/>'),
  forwarder: filled('forwarder', '<path d="M7 1.5L12.5 7L7 12.5L1.5 7Z"/>'),
  sriov: filled('sriov', '<path d="M5 1.5h4v3.5h3.5v4H9v3.5H5V9H1.5V5H5Z"/>'),
  other: filled('other', '<path d="M3 2L12 7L3 12Z"/>'),
  wire: lines('ink', 2.5, '<path d="M1 7H13"/>'),
  p50: filled('muted', '<circle cx="7" cy="7" r="4.5"/>'),
  p90: filled('muted', '<rect x="2.8" y="2.8" width="8.4" height="8.4"/>'),
  p99: filled('muted', '<path d="M7 1.5L12.5 7L7 12.5L1.5 7Z"/>'),
  'p99.9': filled('muted', '<path d="M3 2L12 7L3 12Z"/>'),
  bounds: lines('ink', 1.5, '<path d="M3.5 1.5h7M7 1.5v11M3.5 12.5h7"/>'),
  interval: lines('ink', 1.5, '<path d="M1.5 3.5v7M1.5 7h11M12.5 3.5v7"/>'),
  mean: lines('ink', 2, '<path d="M7 2v10"/>'),
  repeat: `<g fill="none" stroke="var(--ink)" stroke-width="1.2"><circle cx="7" cy="7" r="3.5"/></g>`,
  invalid: lines('ink', 2.2, '<path d="M2 2L12 12M2 12L12 2"/>'),
  emulated: lines('ink', 2, '<path d="M0 7h4M7 7h4M13.5 7h.5"/>'),
  parity: lines('muted', 1.5, '<path d="M7 0v3M7 5.5v3M7 11v3"/>'),
  limit: lines('muted', 1.5, '<path d="M0 7h3M5.5 7h3M11 7h3"/>'),
  unknown: `<rect x="2" y="1" width="10" height="12" fill="var(--grid)"/>`,
  pale: `<rect x="1" y="3" width="12" height="8" fill="var(--ink)" fill-opacity="0.28"/>`,
  hollow: `<rect x="2" y="2" width="10" height="10" fill="none" stroke="var(--ink)" stroke-width="1.5" stroke-dasharray="3 2"/>`,
} as const;

/** Symbols of the charts, drawn as the charts draw them. */
export function legend(entries: readonly LegendEntry[]): Html {
  return html`<ul class="legend">
    ${entries.map(
      ([symbol, text]) =>
        html`<li><svg viewBox="0 0 14 14" aria-hidden="true">${symbolShape(symbol)}</svg>${text}</li>`,
    )}
  </ul>`;
}

/** The inside of a symbol, which stands in a box of 14 by 14. */
export function symbolShape(symbol: LegendSymbol): Html {
  return new Html(shapes[symbol]);
}

/** An entry for each style of the rows, in the order of the styles; and what emulated means, where something is. */
export function seriesLegend(rows: readonly CellRow[]): LegendEntry[] {
  const entries = styleNames.flatMap((style): LegendEntry[] => {
    const here = rows.filter((row) => row.style === style);
    const names = [...new Set(here.map((row) => nameOf(row)))];
    return names.length === 0 ? [] : [[style, names.join(', ')]];
  });
  const emulated = rows.some(({ result }) => result.provenance === 'emulated');
  return emulated ? [...entries, ['emulated', 'emulated: rates mean nothing']] : entries;
}

/** Without its run and method: those are no matter of style. */
function nameOf({ series, result: { cell } }: CellRow): string {
  if (cell.dataplane === 'forwarder') return 'forwarder (bare DPDK, no NF)';
  return series
    .split(' · ')
    .filter((part) => part !== cell.method && part !== 'emulated' && !/^run \d+$/.test(part))
    .join(' · ');
}

function filled(color: string, shape: string): string {
  return `<g fill="var(--${color})">${shape}</g>`;
}

function lines(color: string, width: number, shape: string): string {
  return `<g fill="none" stroke="var(--${color})" stroke-width="${width}">${shape}</g>`;
}
