import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { Cell } from '../model/run.ts';

/**
 * A profile with no more cells than it takes to measure these again, as YAML; latencies only where one of the metrics is one. All else stays as it is, or the
 * figures would be others.
 */
export function narrowedProfile(
  bytes: Uint8Array,
  file: string,
  cells: readonly Cell[],
  metrics: readonly string[],
): string {
  const document = parseDocument(new TextDecoder().decode(bytes));
  document.set('dataplanes', unique(cells.map(({ dataplane }) => dataplane)));
  // Only NetVM has a choice of them.
  const isolations = unique(
    cells.filter(({ dataplane }) => dataplane === 'netvm').map((cell) => cell.isolation),
  );
  if (isolations.length === 0) document.delete('isolations');
  else if (document.has('isolations')) document.set('isolations', isolations);
  const chains = unique(cells.filter(({ nfs }) => nfs.length > 0).map(({ nfs }) => nfs));
  // A bare forwarder has none, and a profile has one.
  if (chains.length > 0) document.set('chains', chains);
  // An IMIX is told by its genome, which has more than one way to be written: then all sizes stay.
  if (cells.every(({ imix }) => imix === undefined)) {
    document.set('frameSizesBytes', unique(cells.map(({ frameSizeBytes }) => frameSizeBytes)));
    if (document.hasIn(['latency', 'frameSizesBytes'])) document.deleteIn(['latency', 'frameSizesBytes']);
  }
  if (!metrics.some((name) => name.startsWith('latency'))) document.delete('latency');
  const capture = document.getIn(['traffic', 'replay', 'file']);
  if (typeof capture === 'string')
    document.setIn(['traffic', 'replay', 'file'], resolve(dirname(file), capture));
  return document.toString();
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
