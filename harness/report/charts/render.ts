import type { LoggerInterface } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { Html } from '../markup.ts';
import { broken, filledSpec, type Row, type SpecInput } from './spec.ts';
import { boldRatio, widthAtMost } from './text.ts';
import { chartConfig, themeColors } from './theme.ts';

export type { Row };

/** The specs of `reports/` that a report draws: each is a file there. */
export const reportSpecs = [
  'throughput',
  'ratio',
  'frame-loss',
  'repeats',
  'soak',
  'scaling',
  'latency',
  'nf-cost',
] as const;

/** What a chart shows: none goes without where its figures are from, their unit, and how sure they are. */
export interface ChartInput extends Omit<SpecInput, 'subtitle'> {
  /** Of its figures: `measured-virtual`. */
  readonly provenance: string;
  /** What is drawn, in the field's terms: `Mpps without loss`. */
  readonly shows: string;
  /** What of the picture is the uncertainty: `bars: bounds of the search`. */
  readonly uncertainty: string;
}

export interface Chart extends Pick<ChartInput, 'title' | 'description' | 'provenance' | 'uncertainty'> {
  /** In the colours of the light theme; sizes are fixed by the spec, since without a canvas the width of a text is a guess. */
  readonly svg: string;
}

/** Fills the spec `name` of `reports/` and draws it. Errors: UserError (2) where the spec was broken: its file and the reason. */
export async function renderChart(name: string, input: ChartInput, dir?: string): Promise<Chart> {
  const { provenance, shows, uncertainty, title, description } = input;
  const subtitle = [`${provenance} · ${shows}`, uncertainty];
  const { file, spec } = await filledSpec(name, { ...input, subtitle }, dir);
  const { vega, vegaLite } = await libraries();
  const logger = failingLogger(vega.Error);
  try {
    const vegaSpec = vegaLite.compile(spec as unknown as TopLevelSpec, { config: chartConfig, logger }).spec;
    const view = new vega.View(vega.parse(vegaSpec), { renderer: 'none', logger });
    const svg = await view.toSVG();
    view.finalize();
    return { title, description, provenance, uncertainty, svg };
  } catch (error) {
    throw broken(file, (error as Error).message);
  }
}

const tooltipsMax = 120;

/** Ids of clips and gradients count up in a process; from here on they are the same in each report. */
export async function restartIds(): Promise<void> {
  const { vega } = await libraries();
  vega.resetSVGDefIds();
}

/** Loaded at the first chart: it takes longer than all else that a command loads before it starts. */
async function libraries(): Promise<{
  readonly vega: typeof import('vega');
  readonly vegaLite: typeof import('vega-lite');
}> {
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  // Its own guess is half as wide again, which pushes titles out of the picture.
  Object.assign(textMetricsOf(vega), { width: widthOf });
  return { vega, vegaLite };
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: number | string;
}

function widthOf({ fontSize = 11, fontWeight = 400 }: TextItem, text: unknown): number {
  const isBold = fontWeight === 'bold' || Number(fontWeight) >= 600;
  return widthAtMost(String(text), fontSize * (isBold ? boldRatio : 1));
}

/** Exported by vega, and missing in its types. */
function textMetricsOf(vega: object): object {
  if ('textMetrics' in vega && typeof vega.textMetrics === 'object' && vega.textMetrics !== null)
    return vega.textMetrics;
  throw new Error('vega measures texts otherwise than it did: see harness/report/charts/render.ts');
}

/** A warning of vega means that a chart is not what its spec says: no report is better than a wrong one. */
function failingLogger(errorLevel: number): LoggerInterface {
  const fail = (...args: readonly unknown[]): never => {
    throw new Error(args.map(String).join(' '));
  };
  const logger: LoggerInterface = {
    level: (level?: number) => (level === undefined ? errorLevel : logger),
    error: fail,
    warn: fail,
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}

/**
 * Colours become variables of the page, so that one picture serves light, dark and paper; a mark's description
 * becomes a tooltip too, without a script.
 */
export function chartHtml({ svg }: Chart): Html {
  const marks = svg.match(/<path aria-label="/g)?.length ?? 0;
  return new Html(
    svg
      .replace(/ (fill|stroke)="(#[0-9a-f]{6})"/g, (attribute, name: string, color: string) => {
        const variable = themeColors.get(color);
        return variable === undefined ? attribute : ` ${name}="var(--${variable})"`;
      })
      .replace(
        /<path aria-label="([^"]*)"([^>]*[^>/])(?:\/>|><\/path>)/g,
        // Among so many marks nobody hits the one that is meant, and each text would be there twice.
        marks > tooltipsMax ? '$&' : '<path aria-label="$1"$2><title>$1</title></path>',
      )
      .replace(/^<svg /, '<svg focusable="false" '),
  );
}
