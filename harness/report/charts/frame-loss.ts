import type { FrameLossFigures, LossPoint } from '../../model/figures.ts';
import { chainLength, chainText, mppsUnit, percent } from '../format.ts';
import type { CellRow } from '../source.ts';
import { look, provenances } from './provenance.ts';
import { type Chart, renderChart, type Row } from './render.ts';

/** A cell with a loss curve. */
export interface LossRow {
  readonly row: CellRow;
  readonly figures: FrameLossFigures;
}

export function withLossCurve(rows: readonly CellRow[]): LossRow[] {
  return rows.flatMap((row) => {
    const { figures } = row.result;
    return figures?.method === 'frame-loss' ? [{ row, figures }] : [];
  });
}

/** Loss by load as RFC 2544 section 26.3 draws it: both axes are shares, from 0 to 100 %. */
export function frameLossChart(rows: readonly LossRow[], title: string): Promise<Chart> {
  return renderChart('frame-loss', {
    title,
    provenance: provenances(rows.map(({ row }) => row)),
    shows: '% of the frames sent that were lost',
    uncertainty: 'bars: up to the loss with that in gaps of the machine counted too',
    description: `Frame loss rate by load, ${title}`,
    datasets: { points: rows.flatMap(({ row, figures }) => figures.points.map((point) => mark(row, point))) },
    params: {},
  });
}

function mark(row: CellRow, point: LossPoint): Row {
  const { cell } = row.result;
  return {
    ...look(row),
    load: point.loadPercent,
    loss: point.lossOutsideGapsRatio * 100,
    lossWithGaps: point.lossRatio * 100,
    state: point.verdict === 'valid' ? 'valid' : 'not valid',
    label:
      `${row.series}, ${chainLength(cell.nfs.length)} (${chainText(cell.nfs)}), ${point.loadPercent} % of the wire, ` +
      `${mppsUnit(point.offeredPps)} offered: ${percent(point.lossOutsideGapsRatio)} lost` +
      (point.verdict === 'valid' ? '' : `; ${point.verdict}`),
  };
}
