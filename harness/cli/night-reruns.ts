import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import type { Confirmation, Suspicion } from '../regress/suspicion.ts';
import { commitOf, short } from '../testbed/git.ts';
import type { Context } from './context.ts';
import { readInput } from './files.ts';
import { newRunId } from './measure.ts';
import { narrowedProfile } from './narrowed-profile.ts';
import { compareSides, figureKey, prepareRerun, withCommits } from './rerun.ts';

export interface RerunsOptions {
  /** Of the results. */
  readonly dir: string;
  readonly profile: string;
  readonly testbed: string;
  /** The least change that is looked into; half of it is what reruns must show to confirm one. */
  readonly minChange: number;
  readonly roundsMax: string;
}

/** A floor below the least change: one that is just large enough to be looked into can be confirmed. */
const floorOfMinChange = 0.5;
const keepBuilds = '4';

/**
 * Confirms suspicions that share two commits by measuring both in turns, in the cells that are suspected alone. What cannot be rerun (commits that are not known, do not build, or
 * are the same) is said as a confirmation that is none. Throws UserError (exit 3) where the testbed is not to be had: then it is asked for again.
 */
export function confirmByReruns(
  context: Context,
  options: RerunsOptions,
): (suspicions: readonly Suspicion[]) => Promise<readonly Confirmation[]> {
  return async (suspicions) => {
    const [first] = suspicions;
    if (first === undefined) return [];
    const none = withoutReruns(first);
    if (none !== null) return suspicions.map(() => none);
    try {
      return await rerun(context, options, first, suspicions);
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof UserError) || error.code === exitCode.testbedUnable) throw error;
      return suspicions.map(() => nothingMeasured('undecided', error.message));
    }
  };
}

function withoutReruns({ lastBefore, firstAfter }: Suspicion): Confirmation | null {
  for (const { commit, runId, isDirty } of [lastBefore, firstAfter]) {
    if (commit === null) return nothingMeasured('undecided', `the commit of run ${runId} is not known`);
    if (isDirty)
      return nothingMeasured(
        'undecided',
        `run ${runId} was of a checkout with changes that are in no commit`,
      );
  }
  if (lastBefore.commit !== firstAfter.commit) return null;
  return nothingMeasured(
    'refuted',
    `both sides are of commit ${short(lastBefore.commit ?? '')}: no commit did it`,
  );
}

function nothingMeasured(outcome: Confirmation['outcome'], why: string): Confirmation {
  const reason = `not rerun: ${why}`;
  return {
    outcome,
    relativeChange: 0,
    interval: [-1, Number.POSITIVE_INFINITY],
    confidence: 0,
    before: [],
    after: [],
    reason,
  };
}

async function rerun(
  context: Context,
  { dir, profile, testbed, minChange, roundsMax }: RerunsOptions,
  { lastBefore, firstAfter, change }: Suspicion,
  suspicions: readonly Suspicion[],
): Promise<readonly Confirmation[]> {
  const [good, bad] = [
    await commitOf(context.root, lastBefore.commit ?? ''),
    await commitOf(context.root, firstAfter.commit ?? ''),
  ];
  // Hidden: these runs are of old commits, and no points of a series.
  const place = join(dir, '.reruns', newRunId(new Date(), `${short(good)}-${short(bad)}`));
  mkdirSync(place, { recursive: true });
  const file = join(place, 'profile.yaml');
  const metrics = suspicions.map(({ series }) => series.metric.name);
  writeFileSync(
    file,
    narrowedProfile(
      readInput(profile),
      profile,
      suspicions.map(({ series }) => series.cell),
      metrics,
    ),
  );
  const floor = `${Number((minChange * floorOfMinChange * 100).toPrecision(6))}%`;
  const prepared = prepareRerun(context, 'reruns', {
    profile: file,
    testbed,
    floor,
    roundsMax,
    keepBuilds,
    out: join(place, 'rounds'),
  });
  const figures = new Set(suspicions.map(({ series }) => figureKey(series.cell, series.metric.name)));
  const { states } = await withCommits(context, prepared, async ({ get }) => {
    const before = { name: `${short(good)} (good)`, directory: await get(good) };
    const after = { name: short(bad), directory: await get(bad) };
    return compareSides(
      context,
      { ...prepared, figures, kind: change.kind },
      { before, after },
      prepared.outDir,
    );
  });
  return suspicions.map(({ series }) => {
    const key = figureKey(series.cell, series.metric.name);
    const state = states.find(({ cell, metric }) => figureKey(cell, metric.name) === key);
    if (state === undefined) return nothingMeasured('undecided', 'the reruns have no such figure');
    const { outcome, reason, confirmed } = state;
    // A side that has no value at all tells nothing of how much slower it is.
    if (outcome === 'failed' || outcome === 'incomparable')
      return { ...confirmed.confirmation, outcome: 'undecided', reason };
    return { ...confirmed.confirmation, outcome, reason };
  });
}
