import type { Alert } from './book.ts';
import { isOpen } from './book.ts';
import type { ChangeRecord, Place } from './event.ts';

/** Where a change was made: after `lastGood` and not after `firstBad`. */
export interface Cause {
  readonly lastGood: Place;
  readonly firstBad: Place;
}

/**
 * The alert that a change belongs to: the youngest of those with the same cause, an open one before one that is over; null where it is a cause of its own.
 * A series is in an alert once, so one that has this series already is another's.
 */
export function alertOfCause(alerts: Iterable<Alert>, change: ChangeRecord): Alert | null {
  const same = [...alerts].filter(
    (alert) =>
      !alert.tracked.some(({ finding }) => finding.key === change.key) && hasSameCause(alert, change),
  );
  return same.findLast(isOpen) ?? same.at(-1) ?? null;
}

/** What all series of one testbed agree on: each says that the commit is between two of its runs. */
export function causeOn(alert: Alert, testbed: string): Cause | null {
  const here = alert.tracked.map(({ finding }) => finding).filter(({ series }) => series.testbed === testbed);
  const [first, ...others] = here;
  if (first === undefined) return null;
  return others.reduce<Cause>(
    ({ lastGood, firstBad }, { lastBefore, firstAfter }) => ({
      lastGood: isLater(lastBefore, lastGood) ? lastBefore : lastGood,
      firstBad: isLater(firstBad, firstAfter) ? firstAfter : firstBad,
    }),
    { lastGood: first.lastBefore, firstBad: first.firstAfter },
  );
}

/**
 * On one testbed, where the stretches between the runs overlap, whatever the commits are: then one commit can have done both, and the
 * cause of the alert becomes what they share. Elsewhere times say nothing, and the two commits must be the same.
 */
function hasSameCause(alert: Alert, change: ChangeRecord): boolean {
  const cause = causeOn(alert, change.series.testbed);
  if (cause !== null && overlaps(cause, { lastGood: change.lastBefore, firstBad: change.firstAfter }))
    return true;
  return alert.tracked.some(({ finding }) => hasSameCommits(finding, change));
}

/** Of half-open stretches: the last good run is no part of them. */
export function overlaps(a: Cause, b: Cause): boolean {
  return isLater(a.firstBad, b.lastGood) && isLater(b.firstBad, a.lastGood);
}

function hasSameCommits(a: ChangeRecord, b: ChangeRecord): boolean {
  // A checkout with changes of its own is no commit.
  if ([a, b].some(({ lastBefore, firstAfter }) => lastBefore.isDirty || firstAfter.isDirty)) return false;
  const [from, to] = [a.lastBefore.commit, a.firstAfter.commit];
  // The same commit on both sides: it was no commit, and what it was on one testbed it need not have been on another.
  if (from === null || to === null || from === to) return false;
  return from === b.lastBefore.commit && to === b.firstAfter.commit;
}

export function isLater(a: Pick<Place, 'startedAt'>, b: Pick<Place, 'startedAt'>): boolean {
  return Date.parse(a.startedAt) > Date.parse(b.startedAt);
}
