import type { Better, Metric } from './series.ts';
import type { Cell, CellResult, CellVerdict, GeneratorInfo, MethodName } from './run.ts';

/** One figure of a cell that regressions are looked for in. */
export interface Figure {
  readonly metric: Metric;
  /** Above 0; null is a gap: nothing valid was measured. */
  readonly value: number | null;
  readonly verdict: CellVerdict;
  /** What the generator alone did in the same run, as comparable as there is; null where nothing is. */
  readonly control: number | null;
}

/** What the figures of a cell should be, by its profile: a failed cell has a gap in each. */
export interface Expected {
  /** Loads of the latency trials of this cell, percent of its throughput. */
  readonly latencyLoadsPercent: readonly number[];
}

/**
 * Shorter times of an outage are told as this: they are not told apart from none (the loops log gaps from here on), and a change is a share of a level above 0.
 */
const outageNsMin = 10_000;

/** The figures that each method is there for, by name. The one number of a curve is what the device forwards of a full wire. */
const own = {
  throughputPps: { unit: 'pps', better: 'higher' },
  receivedPps: { unit: 'pps', better: 'higher' },
  burstFrames: { unit: 'frames', better: 'higher' },
  receivedAtFullLoadPps: { unit: 'pps', better: 'higher' },
  lossRatioBelow: { unit: 'ratio', better: 'lower' },
  recoveryNs: { unit: 'ns', better: 'lower' },
  resetNs: { unit: 'ns', better: 'lower' },
  stepNs: { unit: 'ns', better: 'lower' },
} as const satisfies Record<string, { unit: string; better: Better }>;
type OwnName = keyof typeof own;

/** Searches for a throughput; the other methods' own figures come beside it or instead of it. */
const metricsOfMethod: Readonly<Partial<Record<MethodName, readonly OwnName[]>>> = {
  mrr: ['receivedPps'],
  'back-to-back': ['throughputPps', 'burstFrames'],
  'frame-loss': ['receivedAtFullLoadPps'],
  soak: ['lossRatioBelow'],
  recovery: ['throughputPps', 'recoveryNs'],
  reset: ['throughputPps', 'resetNs'],
  scaling: ['stepNs'],
};

/** Names of all metrics but the latencies, which have their load in the name: `latencyP99At50PercentNs`. */
export const ownMetricNames: readonly string[] = Object.keys(own);

/** The metric of that name, or null where there is none such. */
export function metricOf(name: string): Metric | null {
  if (Object.hasOwn(own, name)) return { name, ...own[name as OwnName] };
  return /^latencyP99At(0|[1-9][0-9]{0,2})PercentNs$/.test(name)
    ? { name, unit: 'ns', better: 'lower' }
    : null;
}

/**
 * The figures of a cell that become series. Only a valid one has a value: one that was disturbed or limited by the generator says nothing of the device.
 */
export function figuresOf(
  result: CellResult,
  generator: GeneratorInfo | null,
  { latencyLoadsPercent }: Expected,
): Figure[] {
  const { cell, verdict } = result;
  const ceiling = generator === null ? null : positive(generator.ceilingPps);
  const names = metricsOfMethod[cell.method] ?? ['throughputPps'];
  const figures = names.map((name): Figure => {
    const value = verdict === 'valid' ? positive(ownValue(result, name)) : null;
    const control = own[name].unit === 'pps' || name === 'burstFrames' ? ceiling : null;
    return { metric: { name, ...own[name] }, value, verdict, control };
  });
  const found = Object.keys(result.latencyNs).map(Number);
  const loads = [...new Set([...latencyLoadsPercent, ...found])].sort((a, b) => a - b);
  return [...figures, ...loads.flatMap((load) => latencyFigure(result, generator, load))];
}

function latencyFigure(result: CellResult, generator: GeneratorInfo | null, load: number): Figure[] {
  const metric = metricOf(`latencyP99At${load}PercentNs`);
  if (metric === null) return [];
  const summary = result.latencyNs[String(load)];
  // The trial of the best repeat may be disturbed where the cell is valid.
  const verdict = result.verdict === 'valid' ? (summary?.verdict ?? 'valid') : result.verdict;
  const value = verdict === 'valid' ? positive(summary?.p99) : null;
  return [{ metric, value, verdict, control: wireP99Ns(result.cell, generator, load) }];
}

/** The wire alone at the same frame size and share of its rate: what the testbed adds to every latency, whatever the device. */
function wireP99Ns(cell: Cell, generator: GeneratorInfo | null, load: number): number | null {
  const wire = generator?.wireLatencyNs?.find(
    ({ frameSizeBytes, loadPercent }) => frameSizeBytes === cell.frameSizeBytes && loadPercent === load,
  );
  if (wire === undefined || (wire.latencyNs.verdict ?? 'valid') !== 'valid') return null;
  return positive(wire.latencyNs.p99);
}

function ownValue({ throughput, figures }: CellResult, name: OwnName): number | null | undefined {
  switch (name) {
    case 'throughputPps':
      return throughput?.pps;
    case 'receivedPps':
      return figures?.method === 'mrr' ? figures.summary.mean : throughput?.pps;
    case 'burstFrames':
      return figures?.method === 'back-to-back' ? figures.summary.mean : null;
    case 'receivedAtFullLoadPps':
      return figures?.method === 'frame-loss' ? figures.points[0]?.receivedPps : null;
    case 'lossRatioBelow':
      return figures?.method === 'soak' ? figures.lossRatioBelow : null;
    case 'recoveryNs':
      return figures?.method === 'recovery' ? Math.max(outageNsMin, figures.summary.mean) : null;
    case 'resetNs':
      return figures?.method === 'reset' ? Math.max(outageNsMin, figures.summary.mean) : null;
    case 'stepNs':
      return figures?.method === 'scaling' ? figures.summary.mean : null;
  }
}

function positive(value: number | null | undefined): number | null {
  return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : null;
}
