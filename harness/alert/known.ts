import type { Alert, Book, Tracked } from './book.ts';
import { overlaps } from './cause.ts';
import type { ChangeRecord } from './event.ts';

/** What reruns could not decide is tried so often: the noise of one night may not be that of the next. */
export const undecidedTriesMax = 3;

/** What the book says of a change. */
export type Standing =
  | { readonly is: 'unknown' }
  /** Nothing more is to be done about it; one sentence. */
  | { readonly is: 'known'; readonly why: string }
  /** A series of this alert had gone back, and is where it was again. */
  | { readonly is: 'back'; readonly alert: Alert; readonly tracked: Tracked };

/**
 * Whether a change is one that was dealt with. The detector places one and the same change a run or two elsewhere from night to night, so it
 * is told by the level it starts from, and by the time up to which was decided; not by its run.
 */
export function standingOf(book: Book, change: ChangeRecord): Standing {
  let back: Standing | null = null;
  for (const alert of book.alerts.values()) {
    for (const tracked of alert.tracked) {
      if (tracked.finding.key !== change.key || tracked.finding.kind !== change.kind) continue;
      const { status, decidedUntil, finding } = tracked;
      if (!isSameChange(finding, change)) continue;
      if (status === 'open') return { is: 'known', why: `alert ${alert.id} is open for it` };
      if (isUpTo(change, decidedUntil)) return { is: 'known', why: `it is ${status} in alert ${alert.id}` };
      if (status === 'recovered') back ??= { is: 'back', alert, tracked };
    }
  }
  const why = checkedBefore(book, change);
  return why === null ? (back ?? { is: 'unknown' }) : { is: 'known', why };
}

function checkedBefore(book: Book, change: ChangeRecord): string | null {
  const before = book.checked.filter(
    (one) =>
      one.change.key === change.key &&
      one.change.kind === change.kind &&
      isSameChange(one.change, change) &&
      isUpTo(change, one.at),
  );
  const decided = before.findLast(({ outcome }) => outcome !== 'undecided');
  if (decided !== undefined) return `it was checked on ${decided.at.slice(0, 10)}: ${decided.outcome}`;
  if (before.length < undecidedTriesMax) return null;
  return `reruns could not decide in ${before.length} nights`;
}

/** From the same level, or at the same place. */
function isSameChange(was: ChangeRecord, is: ChangeRecord): boolean {
  const startsThere = Math.abs(is.before - was.before) < Math.abs(was.after - was.before) / 2;
  return startsThere || overlaps(stretch(was), stretch(is));
}

function stretch({ lastBefore, firstAfter }: ChangeRecord) {
  return { lastGood: lastBefore, firstBad: firstAfter };
}

function isUpTo({ firstAfter }: ChangeRecord, time: string | null): boolean {
  return time !== null && Date.parse(firstAfter.startedAt) <= Date.parse(time);
}
