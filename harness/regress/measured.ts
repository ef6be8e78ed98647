import { cellKey } from '../model/cell.ts';
import { figuresOf } from '../model/metric.ts';
import type { CellResult, GeneratorInfo } from '../model/run.ts';
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
      })),
    );
}
