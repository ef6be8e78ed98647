import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { LoggerInterface } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { exitCode, UserError } from '../../model/errors.ts';
import { Html } from '../markup.ts';
import { chartConfig, themeColors } from './theme.ts';

export type SpecName = 'throughput' | 'latency' | 'ratio' | 'frame-loss';

export type Row = Readonly<Record<string, string | number | null>>;

/** What a spec of `reports/` is filled with. */
export interface ChartInput {
  readonly title: string;
  readonly subtitle: string;
  readonly description: string;
  readonly datasets: Readonly<Record<string, readonly Row[]>>;
  readonly params: Readonly<Record<string, number | readonly number[]>>;
  /** Texts of the spec that read otherwise here. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Where the number of rows decides it. */
  readonly height?: number;
}

/**
 * A chart as SVG markup for a page. Sizes and paddings are fixed by the spec, since without a canvas the width of a
 * text is a guess.
 */
export async function renderChart(name: SpecName, input: ChartInput): Promise<Html> {
  const file = fileURLToPath(new URL(`../../../reports/${name}.vl.json`, import.meta.url));
  const spec = fill(parseSpec(file, await readFile(file, 'utf8'), input.texts ?? {}), input);
  const { vega, vegaLite } = await libraries();
  const logger = failingLogger(vega.Error);
  try {
    const vegaSpec = vegaLite.compile(spec as unknown as TopLevelSpec, { config: chartConfig, logger }).spec;
    const view = new vega.View(vega.parse(vegaSpec), { renderer: 'none', logger });
    const svg = await view.toSVG();
    view.finalize();
    return new Html(forPage(svg));
  } catch (error) {
    throw new UserError(exitCode.badInput, `${file} does not make a chart: ${(error as Error).message}`);
  }
}

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
  return { vega, vegaLite };
}

interface Spec {
  title?: Record<string, unknown>;
  description?: unknown;
  height?: unknown;
  datasets?: unknown;
  params?: { name: string; value?: unknown }[];
}

function parseSpec(file: string, text: string, texts: NonNullable<ChartInput['texts']>): Spec {
  try {
    return JSON.parse(text, (_, value: unknown) =>
      typeof value === 'string' ? (texts[value] ?? value) : value,
    ) as Spec;
  } catch (error) {
    throw new UserError(exitCode.badInput, `${file} is not JSON: ${(error as Error).message}.`);
  }
}

function fill(spec: Spec, input: ChartInput): Spec {
  return {
    ...spec,
    title: { ...spec.title, text: input.title, subtitle: input.subtitle },
    description: input.description,
    ...(input.height === undefined ? {} : { height: input.height }),
    datasets: input.datasets,
    params: (spec.params ?? []).map((param) =>
      param.name in input.params ? { ...param, value: input.params[param.name] } : param,
    ),
  };
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
function forPage(svg: string): string {
  return svg
    .replace(/ (fill|stroke)="(#[0-9a-f]{6})"/g, (attribute, name: string, color: string) => {
      const variable = themeColors.get(color);
      return variable === undefined ? attribute : ` ${name}="var(--${variable})"`;
    })
    .replace(
      /<path aria-label="([^"]*)"([^>]*[^>/])(?:\/>|><\/path>)/g,
      '<path aria-label="$1"$2><title>$1</title></path>',
    )
    .replace(/^<svg /, '<svg focusable="false" ');
}
