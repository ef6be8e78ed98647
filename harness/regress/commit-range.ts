import type { SeriesPoint } from '../model/series.ts';
import type { Suspicion } from './suspicion.ts';

/** Digits of a commit that people are shown. */
const digits = 10;

/** Between which commits a change was made: `3f2a…..9bc0…`, or that it was none. */
export function commitRangeWords({ lastBefore, firstAfter }: Suspicion): string {
  if (lastBefore.commit === null && firstAfter.commit === null) return 'commits unknown';
  const [before, after] = [commitWords(lastBefore), commitWords(firstAfter)];
  return before === after ? `no commit between: ${after} on both sides` : `${before}..${after}`;
}

/** A checkout that had changes of its own is no commit: `+`. */
function commitWords({ commit, isDirty }: SeriesPoint): string {
  return commit === null ? 'unknown' : `${commit.slice(0, digits)}${isDirty ? '+' : ''}`;
}
