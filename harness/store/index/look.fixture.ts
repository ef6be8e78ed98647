import { writeNight } from '../nights.fixture.ts';
import { indexRuns, readSeries } from './index.ts';
import type { IndexUpdate, SeriesFilter, SeriesRead } from './index.ts';

/** One cell's throughput: NetVM, one NF, 64 bytes. */
export const one: SeriesFilter = { cell: 'netvm, forward, 64 B', metric: 'throughputPps' };

/** Brings the index of a directory up to date, reads from it and closes it. */
export async function look(
  dir: string,
  filter: SeriesFilter = one,
  address: string | null = null,
): Promise<SeriesRead & { readonly update: IndexUpdate }> {
  const { index, update } = await indexRuns(dir, { address });
  try {
    return { update, ...(await readSeries(index, filter, dir)) };
  } finally {
    await index.close();
  }
}

/** Writes so many nights; returns the directories of their archives. */
export async function writeNights(dir: string, count: number): Promise<string[]> {
  const paths: string[] = [];
  for (let i = 0; i < count; i++) paths.push(await writeNight(dir, i));
  return paths;
}
