/** What one commit is: as the good one, as the bad one, or neither can be said: `undecided` was measured, `unusable` could not be. */
export interface StepVerdict {
  readonly verdict: 'good' | 'bad' | 'undecided' | 'unusable';
  /** One sentence. */
  readonly reason: string;
}

export interface BisectStep extends StepVerdict {
  readonly commit: string;
}

/** Which commits are left: between the last one known to be good, and the first one known to be bad. */
export interface Narrowed {
  /** The last good one; null where that is the one before all. */
  readonly lastGood: string | null;
  /**
   * Any of these may have made the change, the oldest first. One where it was found; more where commits between could not be judged. The last one is bad,
   * and what is before the first one good: so the change is in here also where it came and went.
   */
  readonly candidates: readonly string[];
  readonly steps: readonly BisectStep[];
}

/**
 * Binary search for the commit that made a change, in `commits`, the oldest first: what is before them is good, and the last one bad. One that cannot be judged is passed over, as `git bisect skip`
 * does, and the nearest to the middle that is left is taken. Ends after twice as many steps as a search without such commits needs, and ten more: then it has what is left.
 */
export async function bisect(
  commits: readonly string[],
  judge: (commit: string, left: number) => Promise<StepVerdict>,
): Promise<Narrowed> {
  if (commits.length === 0) throw new RangeError('expected at least the bad commit');
  let [good, bad] = [-1, commits.length - 1];
  const steps: BisectStep[] = [];
  const passedOver = new Set<number>();
  const stepsMax = 2 * Math.ceil(Math.log2(commits.length)) + 10;
  while (steps.length < stepsMax) {
    const at = nearestToMiddle(good, bad, passedOver);
    if (at === null) break;
    const commit = commits[at] as string;
    const step = await judge(commit, bad - good - 1);
    steps.push({ commit, ...step });
    if (step.verdict === 'good') good = at;
    else if (step.verdict === 'bad') bad = at;
    else passedOver.add(at);
  }
  return { lastGood: commits[good] ?? null, candidates: commits.slice(good + 1, bad + 1), steps };
}

/** Null where there is none between both, or none that could be judged. */
function nearestToMiddle(good: number, bad: number, passedOver: ReadonlySet<number>): number | null {
  const middle = good + Math.floor((bad - good) / 2);
  for (let away = 0; away < bad - good; away++) {
    for (const at of [middle - away, middle + away]) {
      if (at > good && at < bad && !passedOver.has(at)) return at;
    }
  }
  return null;
}
