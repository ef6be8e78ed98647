import type { StoredSeries } from '../model/series.ts';

/** A series as `parseSeries` reads it: `time,value,control,status`, one run a line; a gap has no value. The unit is with each value. */
export function seriesCsv({ id, points }: StoredSeries): string {
  const { unit } = id.metric;
  const hasControl = points.some((point) => point.control !== null);
  const lines = points.map(({ startedAt, value, control, verdict }) => {
    // A valid cell may yet have no figure of this kind.
    const status = value !== null ? 'valid' : verdict === 'valid' ? 'failed' : verdict;
    const columns = [
      startedAt,
      value === null ? '' : `${value} ${unit}`,
      ...(hasControl ? [control === null ? '' : String(control)] : []),
      status,
    ];
    return `${columns.join(',')}\n`;
  });
  return `time,value${hasControl ? ',control' : ''},status\n${lines.join('')}`;
}
