import { createHash } from 'node:crypto';
import type { SeriesId } from '../model/series.ts';

/** Names a series in the log: 16 hexadecimal digits, the same wherever it is worked out. */
export function seriesKey({ testbed, fingerprint, settings, cell, metric }: SeriesId): string {
  const {
    dataplane,
    isolation,
    trustDomains,
    instances,
    flowEntries,
    scheduling,
    nfs,
    frameSizeBytes,
    imix,
    traffic,
    hugePageSizeBytes,
    method,
  } = cell;
  const sizes = imix === undefined ? null : [imix.genome, Object.entries(imix.customSizesBytes).sort()];
  // What is left out where it is as usual comes last, so that the names of other series stay what they are.
  const variant = trustDomains === undefined ? [] : [{ trustDomains }];
  const pages = hugePageSizeBytes === undefined ? [] : [{ hugePageSizeBytes }];
  const usual = [dataplane, isolation, nfs, frameSizeBytes, sizes, traffic ?? null, method];
  const services = { instances, flowEntries, scheduling };
  const served = Object.values(services).every((value) => value === undefined) ? [] : [services];
  const what = [...usual, ...variant, ...pages, ...served];
  return digest([testbed, fingerprint, settings ?? null, what, metric.name, metric.unit]).slice(0, 16);
}

/** SHA-256 of plain data, in hexadecimal. */
export function digest(data: unknown): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex');
}
