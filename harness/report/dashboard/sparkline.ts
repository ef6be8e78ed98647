import { amountText } from '../amount.ts';
import { Html, html } from '../markup.ts';
import { rangeOf } from '../sparkline.ts';
import type { DashboardRow } from './model.ts';

/** Height of the drawing in its own units; a run is one unit wide, and the page stretches it. */
const height = 24;

/**
 * A series as a line: gaps are gaps, a level's change is an upright line before its first run, the newest value a dot. Steps are whole numbers relative to the one before: a thousand of
 * these are in one page.
 */
export function sparklineSvg({ values, unit, change }: DashboardRow): Html {
  const { low, high } = rangeOf(values);
  const y = (value: number) => Math.round(height * (1 - (value - low) / (high - low)));
  const newest = values.findLastIndex((value) => value !== null);
  const last = values[newest];
  const width = Math.max(1, values.length - 1);
  const marks = [
    ...(change === null ? [] : [`<path class="at" d="M${change.index - 0.5} 0v${height}"/>`]),
    `<path d="${linePath(values, y)}"/>`,
    ...(typeof last === 'number' ? [`<path class="dot" d="M${newest} ${y(last)}h0"/>`] : []),
  ];
  // Numbers of our own making alone.
  const drawing = new Html(marks.join(''));
  return html`<svg
    viewBox="0 0 ${width} ${height}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label(values, unit)}"
  >
    ${drawing}
  </svg>`;
}

function linePath(values: readonly (number | null)[], y: (value: number) => number): string {
  let path = '';
  let [lastX, lastY, isDrawing] = [0, 0, false];
  for (const [x, value] of values.entries()) {
    if (value === null) {
      isDrawing = false;
      continue;
    }
    const [dx, dy] = [x - lastX, y(value) - lastY];
    // A run between two gaps is a dot: a line of no length.
    if (isDrawing) path += dy === 0 ? `h${dx}` : `l${dx} ${dy}`;
    else path += path === '' ? `M${x} ${y(value)}h0` : `m${dx} ${dy}h0`;
    [lastX, lastY, isDrawing] = [x, y(value), true];
  }
  return path;
}

function label(values: readonly (number | null)[], unit: string): string {
  const found = values.filter((value) => value !== null);
  if (found.length === 0) return `${values.length} runs without a value`;
  const gaps = values.length - found.length;
  const [least, most] = [found.reduce((a, b) => Math.min(a, b)), found.reduce((a, b) => Math.max(a, b))];
  const missing = gaps === 0 ? '' : `, ${gaps} without a value`;
  return `${values.length} runs${missing}: from ${amountText(least, unit)} to ${amountText(most, unit)}`;
}
