import type { CellResult, Provenance } from '../../model/run.ts';
import type { Column, Table } from './column.ts';
import type { CellFigure } from './cell-figure.ts';
import { figuresIn } from './cell-figures.ts';
import { cellColumns, provenanceColumn, runColumns } from './shared-columns.ts';
import type { OfCell } from './shared-columns.ts';
import type { ExportSource } from './source.ts';

interface FigureRow extends OfCell, CellFigure {
  readonly result: CellResult;
  readonly provenance: Provenance;
}

const ownColumns: readonly Column<FigureRow>[] = [
  {
    name: 'verdict',
    type: 'text',
    about: 'What the figure is worth: of the cell, or of its own trial.',
    of: (row) => row.verdict ?? row.result.verdict,
  },
  {
    name: 'reason',
    type: 'text',
    about: 'Why the verdict is not `valid`.',
    of: (row) => row.reason ?? row.result.reason,
  },
  {
    name: 'figure',
    type: 'text',
    about: 'Name of the figure, as in `run.json`, with its unit last.',
    of: (row) => row.figure,
  },
  {
    name: 'value',
    type: 'number',
    about: 'Its value, in the unit of the next column; empty where there is none.',
    of: (row) => row.value,
  },
  {
    name: 'unit',
    type: 'text',
    about:
      'Unit of the value: `pps`, `Gbit/s`, `ns`, `packets`, `frames`, `ratio`, `Hz`, `cycles/packet`, `trials`, `ms`, `bytes`.',
    of: (row) => row.unit,
  },
  {
    name: 'load_percent',
    type: 'number',
    about: "Load of a latency, percent of the throughput; of a loss, of the wire's rate.",
    of: (row) => row.loadPercent ?? null,
  },
  {
    name: 'goal_loss_ratio',
    type: 'number',
    about: 'Goal Loss Ratio (RFC 9971) of the goal that the figure was found for.',
    of: (row) => row.goalLossRatio ?? null,
  },
  {
    name: 'repetition',
    type: 'whole',
    about: 'Number of the repetition, from 1.',
    of: (row) => row.repetition ?? null,
  },
  {
    name: 'part',
    type: 'text',
    about:
      'What the figure is a part of, or of: a drop counter, `generator` or `device`, `before generator`, an NF …',
    of: (row) => row.part ?? null,
  },
];

export const figureColumns: readonly Column<FigureRow>[] = [
  ...runColumns,
  ...cellColumns,
  provenanceColumn(),
  ...ownColumns,
];

/** Every figure of every cell, one a row. */
export function figuresTable(sources: readonly ExportSource[]): Table<FigureRow> {
  const rows = sources.flatMap((source) =>
    source.run.results.flatMap((result) => {
      const { cell, provenance } = result;
      return figuresIn(result).map((figure): FigureRow => ({ source, cell, provenance, result, ...figure }));
    }),
  );
  return { name: 'figures', columns: figureColumns, rows };
}
