import { join } from 'node:path';
import { indexFile, openIndex, openIndexOrMemory, openSharedIndex } from './database.ts';
import type { RunIndex } from './database.ts';
import { scanArchives } from './scan.ts';
import { isUnwritable } from './sqlite.ts';
import { updateIndex } from './update.ts';
import type { IndexUpdate, UpdateOptions } from './update.ts';

export { indexFile, openIndex, openSharedIndex, type RunIndex } from './database.ts';
export type { Documents } from './documents.ts';
export { indexAddress, indexVariable } from './postgres-address.ts';
export { knownNames, readSeries, runsMaxDefault, type SeriesFilter, type SeriesRead } from './series.ts';
export { differencesBetween, groupsOf, variantsOf, type SeriesGroup, type Variant } from './transitions.ts';
export { updateIndex, type IndexUpdate, type UpdateOptions } from './update.ts';

export interface IndexedRuns {
  readonly index: RunIndex;
  readonly update: IndexUpdate;
}

/**
 * Opens the index of a directory of runs and brings it up to date; the caller closes it. It is kept in the directory, or in memory alone where that cannot be written; with the
 * `address` of a server, it is there, beside those of other directories and machines.
 */
export async function indexRuns(
  dir: string,
  { address = null, ...options }: UpdateOptions & { readonly address?: string | null } = {},
): Promise<IndexedRuns> {
  // Nothing is written where there are no runs.
  const scan = scanArchives(dir);
  const update = async (index: RunIndex): Promise<IndexedRuns> => {
    try {
      return { index, update: await updateIndex(index, dir, { ...options, scan }) };
    } catch (error) {
      await index.close();
      throw error;
    }
  };
  if (address !== null) return update(await openSharedIndex(address));
  try {
    return await update(await openIndexOrMemory(join(dir, indexFile)));
  } catch (error) {
    // One that is somebody else's can be opened as long as there is nothing to add.
    if (!isUnwritable(error)) throw error;
    return update(await openIndex(':memory:'));
  }
}
