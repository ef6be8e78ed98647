import { cellKey } from '../model/cell.ts';
import { figuresOf } from '../model/metric.ts';
import type { CellResult, CellVerdict, GeneratorInfo } from '../model/run.ts';
import type { Measured } from './rounds.ts';

/** What reruns compare of a run: each figure of each cell that is wanted. */
export function measuredOf(
  {
    results,
    generator,
  }: { readonly results: readonly CellResult[]; readonly generator: GeneratorInfo | null },
  wanted: ReadonlySet<string> | null = null,
): Measured[] {
  return results
    .filter(({ cell }) => wanted?.has(cellKey(cell)) ?? true)
    .flatMap((result) =>
      // A latency that a failed cell should have had is there on the other side.
      figuresOf(result, generator, { latencyLoadsPercent: [] }).map(({ metric, value, verdict }) => ({
        cell: result.cell,
        metric,
        value,
        reason: value === null ? (result.reason ?? `the verdict is ${verdict}`) : null,
        isMachines: isMachines(verdict),
      })),
    );
}

/** A verdict that says nothing of the device: the machine took a core away, or the generator could not offer the load. */
export function isMachines(verdict: CellVerdict): boolean {
  return verdict === 'disturbed' || verdict === 'generator-limited';
}
