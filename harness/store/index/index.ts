import { join } from 'node:path';
import { indexFile, isUnwritable, openIndex, openIndexOrMemory } from './database.ts';
import type { RunIndex } from './database.ts';
import { scanArchives } from './scan.ts';
import { updateIndex } from './update.ts';
import type { IndexUpdate, UpdateOptions } from './update.ts';

export { indexFile, openIndex, type RunIndex } from './database.ts';
export { knownNames, readSeries, runsMaxDefault, type SeriesFilter, type SeriesRead } from './series.ts';
export { differencesBetween, groupsOf, variantsOf, type SeriesGroup, type Variant } from './transitions.ts';
export { updateIndex, type IndexUpdate, type UpdateOptions } from './update.ts';

export interface IndexedRuns {
  readonly index: RunIndex;
  readonly update: IndexUpdate;
}

/**
 * Opens the index of a directory of runs and brings it up to date; the caller closes it. It is kept in the directory, or in memory alone where that cannot be written.
 */
export async function indexRuns(dir: string, options: UpdateOptions = {}): Promise<IndexedRuns> {
  // Nothing is written where there are no runs.
  const scan = scanArchives(dir);
  const update = async (index: RunIndex): Promise<IndexedRuns> => {
    try {
      return { index, update: await updateIndex(index, dir, { ...options, scan }) };
    } catch (error) {
      index.close();
      throw error;
    }
  };
  try {
    return await update(openIndexOrMemory(join(dir, indexFile)));
  } catch (error) {
    // One that is somebody else's can be opened as long as there is nothing to add.
    if (!isUnwritable(error)) throw error;
    return update(openIndex(':memory:'));
  }
}
