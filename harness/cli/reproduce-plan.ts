import { exitCode, UserError } from '../model/errors.ts';
import { lookAtCores } from './run.ts';
import type { Reproduction } from './reproduce-order.ts';
import { table } from './table.ts';

/** What a figure will take. */
export interface ExpectedFigure {
  readonly id: string;
  readonly title: string;
  readonly cells: number;
  readonly estimatedMs: number;
  /** Why it is not measured; null where it is. */
  readonly unmet: string | null;
}

export interface Expected {
  readonly figures: readonly ExpectedFigure[];
  readonly estimatedMs: number;
  /** Share of the time that the machine takes the cores away, as it is now; null where that is not known. */
  readonly awayRatio: number | null;
}

/** Writing the reports of a run and the document. */
const writingMs = 4_000;
const stepsMs = 5_000;

/** How long each figure is expected to take on the machine as it is now. Starts no program and changes nothing. */
export async function expectTimes({ figures, testbed }: Reproduction): Promise<Expected> {
  const { estimate } = await import('../measure/estimate.ts');
  const { requireFit } = await import('../measure/fit.ts');
  for (const { order } of figures) if (order !== null) requireFit(order.plan.profile, testbed);
  const awayRatio = await lookAtCores(() => testbed);
  const expected: ExpectedFigure[] = [];
  for (const { figure, order, unmet } of figures) {
    const { id, title } = figure;
    const cells = order?.plan.cells.length ?? 0;
    const measuring =
      order === null ? 0 : (await estimate(order.plan, awayRatio ?? undefined)).totalMs + writingMs;
    expected.push({
      id,
      title,
      cells,
      unmet,
      estimatedMs: Math.round(measuring + (figure.steps ? stepsMs : 0)),
    });
  }
  if (expected.length === 0)
    throw new UserError(exitCode.badInput, 'reproduce: no figure is left to measure');
  const estimatedMs = expected.reduce((sum, { estimatedMs: ms }) => sum + ms, 0);
  return { figures: expected, estimatedMs, awayRatio };
}

export function expectedTable({ figures, estimatedMs, awayRatio }: Expected): string {
  const rows = figures.map(({ id, title, cells, estimatedMs: ms, unmet }) => [
    ...[id, title, unmet === null ? String(cells) : '-', unmet === null ? minutes(ms) : 'not testable'],
  ]);
  const reasons = figures.flatMap(({ id, unmet }) => (unmet === null ? [] : [`\n${id}: ${unmet}`])).join('');
  const machine =
    awayRatio === null
      ? ''
      : `, with cores away ${Math.round(awayRatio * 100)} % of the time as they are now`;
  return `${table(['figure', 'what', 'cells', 'time'], rows)}\n${reasons}\n\nIt will take about ${minutes(estimatedMs)}${machine}.`;
}

/** To ten seconds: nobody knows it better. */
export function minutes(ms: number): string {
  const seconds = Math.max(10, Math.round(ms / 10_000) * 10);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
