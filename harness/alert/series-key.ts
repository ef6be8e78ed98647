import { createHash } from 'node:crypto';
import type { SeriesId } from '../model/series.ts';

/** Names a series in the log: 16 hexadecimal digits, the same wherever it is worked out. */
export function seriesKey({ testbed, fingerprint, settings, cell, metric }: SeriesId): string {
  const { dataplane, isolation, nfs, frameSizeBytes, imix, traffic, hugePageSizeBytes, method } = cell;
  const sizes = imix === undefined ? null : [imix.genome, Object.entries(imix.customSizesBytes).sort()];
  const what = [dataplane, isolation, nfs, frameSizeBytes, sizes, traffic ?? null, method];
  // Only where it is not the usual: the keys of series that are there already must stay.
  if (hugePageSizeBytes !== undefined) what.push(`pages ${hugePageSizeBytes}`);
  return digest([testbed, fingerprint, settings ?? null, what, metric.name, metric.unit]).slice(0, 16);
}

/** SHA-256 of plain data, in hexadecimal. */
export function digest(data: unknown): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex');
}
