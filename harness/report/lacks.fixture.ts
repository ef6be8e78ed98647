import type { Figure } from './figure.ts';

/** The marks that show how sure a figure is, by the start of the chart's name. */
export const uncertaintyMarks: Readonly<Record<string, RegExp>> = {
  throughput: /bounds_layer_\d_marks/,
  ratio: /bounds_marks/,
  latency: /(interval|span)_marks/,
  'frame-loss': /with_gaps_layer_\d_marks/,
  mrr: /range_marks/,
  'back-to-back': /range_marks/,
  recovery: /range_marks/,
  reset: /range_marks/,
  soak: /bound_marks/,
  scaling: /range_marks/,
  'nf-start': /range_marks/,
  'nf-memory': /range_marks/,
};
const unit = /Mpps|kpps|pps|%|× |µs|ms|, s|frames|packets|MiB|log scale/;

/**
 * Which of the five things a picture lacks that each must have: its uncertainty drawn and said, its provenance, units, a reading and a
 * command. For tests; charts of a kind of their own bring their own marks.
 */
export function lacks(
  markup: string,
  { chart, reading, commands, name }: Figure,
  marksOf: Readonly<Record<string, RegExp>> = uncertaintyMarks,
): string[] {
  const text = markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  const [, marks] = Object.entries(marksOf).find(([start]) => name.startsWith(start)) ?? [];
  const axes = [...markup.matchAll(/role-axis-title[\s\S]*?<text[^>]*>([^<]*)</g)].map(
    ([, title]) => title ?? '',
  );
  const missing = {
    uncertainty:
      chart.uncertainty === '' ||
      !text.includes(escaped(chart.uncertainty).slice(0, 30)) ||
      marks?.test(markup) !== true,
    provenance: chart.provenance === '' || !text.includes(`${escaped(chart.provenance)} · `),
    units: !axes.some((title) => unit.test(title)),
    reading: !/\w.*\.$/.test(reading) || !joined(text).includes(joined(escaped(reading))),
    command:
      commands.length === 0 ||
      !commands.every((command) => joined(text).includes(joined(`Made by ${escaped(command)}`))),
  };
  return Object.entries(missing).flatMap(([what, is]) => (is ? [what] : []));
}

function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Lines of a caption are broken anywhere. */
function joined(text: string): string {
  return text.replace(/\s+/g, '');
}
