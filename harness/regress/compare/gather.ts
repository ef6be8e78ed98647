import { cellKey } from '../../model/cell.ts';
import { figuresOf } from '../../model/metric.ts';
import type { Figure } from '../../model/metric.ts';
import type { Cell, CellResult, CellVerdict, Run } from '../../model/run.ts';
import type { Metric } from '../../model/series.ts';
import type { RunData } from '../repeats.ts';

/** A figure of a cell in one run. */
export interface RunFigure extends Figure {
  readonly data: RunData;
  readonly result: CellResult;
}

/** One metric of one cell: what each run of each side found, in the order of the runs. */
export interface Pairing {
  readonly cell: Cell;
  readonly metric: Metric;
  readonly a: readonly RunFigure[];
  readonly b: readonly RunFigure[];
}

export interface Gathered {
  /** In the order of A's cells. */
  readonly pairings: readonly Pairing[];
  readonly onlyInA: readonly Cell[];
  readonly onlyInB: readonly Cell[];
  readonly twiceInA: readonly Cell[];
  readonly twiceInB: readonly Cell[];
}

/** Pairs two sets of runs by cell and metric. Of a cell that one run measured twice neither counts, as in a series: it is named, and other runs of that side still count. */
export function gather(a: readonly RunData[], b: readonly RunData[]): Gathered {
  const [ofA, ofB] = [cellsOf(a), cellsOf(b)];
  const [twiceInA, twiceInB] = [cellsTwice(a), cellsTwice(b)];
  const only = (these: Cells, others: Cells, twice: ReadonlyMap<string, Cell>) =>
    [...these].filter(([key]) => !others.has(key) && !twice.has(key)).map(([, { cell }]) => cell);
  const pairings = [...ofA].flatMap(([key, { cell, runs }]) => {
    const other = ofB.get(key);
    return other === undefined ? [] : pairingsOf(cell, runs, other.runs);
  });
  return {
    pairings,
    onlyInA: only(ofA, ofB, twiceInB),
    onlyInB: only(ofB, ofA, twiceInA),
    twiceInA: [...twiceInA.values()],
    twiceInB: [...twiceInB.values()],
  };
}

interface CellRuns {
  readonly cell: Cell;
  readonly runs: { readonly data: RunData; readonly result: CellResult }[];
}

type Cells = ReadonlyMap<string, CellRuns>;

/** Those that any run of a side has more than once. */
function cellsTwice(side: readonly RunData[]): Map<string, Cell> {
  const found = new Map<string, Cell>();
  for (const { run } of side) {
    const byKey = Map.groupBy(run.results, ({ cell }) => cellKey(cell));
    for (const [key, [result, ...again]] of byKey)
      if (result !== undefined && again.length > 0) found.set(key, result.cell);
  }
  return found;
}

function cellsOf(side: readonly RunData[]): Map<string, CellRuns> {
  const found = new Map<string, CellRuns>();
  for (const data of side) {
    const byKey = Map.groupBy(data.run.results, ({ cell }) => cellKey(cell));
    for (const [key, [result, ...again]] of byKey) {
      if (result === undefined || again.length > 0) continue;
      const known = found.get(key) ?? { cell: result.cell, runs: [] };
      known.runs.push({ data, result });
      found.set(key, known);
    }
  }
  return found;
}

function pairingsOf(cell: Cell, a: CellRuns['runs'], b: CellRuns['runs']): Pairing[] {
  // A cell that failed has no latency, and should have had those of the others.
  const loads = [...a, ...b].flatMap(({ result }) => Object.keys(result.latencyNs).map(Number));
  const figures = (runs: CellRuns['runs']) =>
    runs.map(({ data, result }) =>
      figuresOf(result, data.run.generator, { latencyLoadsPercent: loads }).map((figure): RunFigure => ({
        ...figure,
        data,
        result,
      })),
    );
  const [ofA, ofB] = [figures(a), figures(b)];
  return (ofA[0] ?? []).map(({ metric }) => {
    const named = (runs: readonly RunFigure[][]) =>
      runs.flatMap((all) => all.filter((figure) => figure.metric.name === metric.name));
    return { cell, metric, a: named(ofA), b: named(ofB) };
  });
}

/** No load was found that lost a packet: what carries no more is the wire, or the generator. */
export function fillsWire({ result, metric }: RunFigure): boolean {
  return metric.name === 'throughputPps' && result.throughput?.upperPps === null;
}

export function verdictsOf(figures: readonly RunFigure[]): CellVerdict[] {
  return figures.map(({ verdict }) => verdict);
}

export function values(figures: readonly RunFigure[]): number[] {
  return figures.flatMap(({ value }) => (value === null ? [] : [value]));
}

/** `name` of a profile, which comes with the archive. */
export function profileName({ profile }: Run): string {
  const name = typeof profile === 'object' && profile !== null ? (profile as { name?: unknown }).name : null;
  return typeof name === 'string' ? name : 'unknown profile';
}
