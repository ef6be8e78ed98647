import { latestOf } from '../alert/nightly.ts';
import type { LatestPoint } from '../alert/channel.ts';
import type { StoredSeries } from '../model/series.ts';
import { readSeries } from '../store/index/index.ts';
import type { Context } from './context.ts';
import { sayLeftOut } from './trend.ts';
import { withIndex } from './with-index.ts';
import type { IndexOption } from './with-index.ts';

/**
 * All series of a directory of runs, its index brought up to date; what cannot be read is left out and named. Of a shared index those that the directory has a run in, up to its
 * last one there: what others measured before, on the same kind of machine, is their past too.
 */
export async function storedSeries(
  context: Context,
  dir: string,
  option: IndexOption = {},
): Promise<readonly StoredSeries[]> {
  return withIndex(context, dir, option, async ({ index, update, dir: root }) => {
    const { series, problems } = await readSeries(index, {}, root);
    sayLeftOut(context, [...update.problems, ...problems]);
    return series.flatMap(untilOwn);
  });
}

function untilOwn({ id, points }: StoredSeries): StoredSeries[] {
  const last = points.findLastIndex((point) => point.origin === undefined);
  return last < 0 ? [] : [{ id, points: points.slice(0, last + 1) }];
}

/** What the last run of each series found. */
export async function latestPoints(
  context: Context,
  dir: string,
  option: IndexOption = {},
): Promise<LatestPoint[]> {
  return latestOf(await storedSeries(context, dir, option));
}
