import { chartHtml, type Chart } from './charts/render.ts';
import { html, type Html, type HtmlValue } from './markup.ts';
import type { LegendEntry } from './sections/legend.ts';
import type { RunSource } from './source.ts';

/** A chart with all that must not be parted from it: what it says in words, what its marks mean, and the command that makes it again. */
export interface Figure {
  /** For files, unique in its report: `throughput-64-b`. */
  readonly name: string;
  /** What it is called aloud: `Throughput, 64-byte frames`. */
  readonly label: string;
  readonly chart: Chart;
  readonly legend: readonly LegendEntry[];
  /** Generated from the figures; says where they cannot tell two things apart. */
  readonly reading: string;
  readonly commands: readonly string[];
}

/** A part of a report, and the charts in it. */
export interface Section {
  readonly html: Html;
  readonly figures: readonly Figure[];
}

/** As it stands in a page; `before` opens the caption. */
export function figureHtml({ label, chart, reading, commands }: Figure, before: HtmlValue = ''): Html {
  return html`<figure aria-label="${label}">
    ${chartHtml(chart)}
    <figcaption>
      ${before}${reading}
      <p class="again">Made by ${codes(commands)}.</p>
    </figcaption>
  </figure>`;
}

/** Commands of the runs whose figures are drawn, each once. */
export function commandsOf(sources: readonly RunSource[]): string[] {
  return [...new Set(sources.map(({ run }) => run.command))];
}

export function codes(commands: readonly string[]): HtmlValue[] {
  return commands.map((command, index) => [index > 0 && ', ', html`<code>${command}</code>`]);
}

/** Letters, digits and dashes of a text, for the name of a file: `64-byte frames, IPv6` is `64-byte-frames-ipv6`. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80);
}

/** The same figures with names that are unique: of two that would be alike, the second gets a number. */
export function withUniqueNames(figures: readonly Figure[]): Figure[] {
  const taken = new Set<string>();
  return figures.map((figure) => {
    let name = figure.name;
    for (let number = 2; taken.has(name); number += 1) name = `${figure.name}-${number}`;
    taken.add(name);
    return { ...figure, name };
  });
}
