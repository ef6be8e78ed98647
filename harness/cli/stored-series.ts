import { latestOf } from '../alert/nightly.ts';
import type { LatestPoint } from '../alert/channel.ts';
import type { StoredSeries } from '../model/series.ts';
import { indexRuns, readSeries } from '../store/index/index.ts';
import type { Context } from './context.ts';
import { sayLeftOut } from './trend.ts';

/** All series of a directory of runs, its index brought up to date; what cannot be read is left out and named. */
export async function storedSeries(context: Context, dir: string): Promise<readonly StoredSeries[]> {
  const { index, update } = await indexRuns(dir, { signal: context.signal });
  try {
    context.written.add(index.file);
    const { series, problems } = readSeries(index);
    sayLeftOut(context, [...update.problems, ...problems]);
    return series;
  } finally {
    index.close();
  }
}

/** What the last run of each series found. */
export async function latestPoints(context: Context, dir: string): Promise<LatestPoint[]> {
  return latestOf(await storedSeries(context, dir));
}
