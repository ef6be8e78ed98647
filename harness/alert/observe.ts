import type { SeriesPoint, StoredSeries } from '../model/series.ts';
import { segmentMin } from '../regress/series.ts';
import type { Alert, Book, Tracked } from './book.ts';
import { isOpen } from './book.ts';
import type { AlertEvent, Place } from './event.ts';
import { backShare, backShareMin, harness, placeOf, recover } from './life.ts';
import { seriesKey } from './series-key.ts';

/**
 * What the latest runs say of alerts: a series that went back is over, and one that a person called fixed but that never went back is open
 * again. Series that the book knows nothing of are passed over.
 */
export function observe(book: Book, series: readonly StoredSeries[]): AlertEvent[] {
  const pointsOf = new Map(series.map((one) => [seriesKey(one.id), one.points]));
  return [...book.alerts.values()].flatMap((alert) => {
    const still = neverWentBack(alert, pointsOf);
    return still.length > 0 || !isOpen(alert) ? still : goneBack(alert, pointsOf);
  });
}

function goneBack(alert: Alert, pointsOf: PointsOf): AlertEvent[] {
  const open = alert.tracked.filter(({ status }) => status === 'open');
  if (open.length === 0) {
    // Whoever wrote that the last one went back was killed before this.
    return [{ type: 'fixed', alert: alert.id, by: harness, reason: 'all of its series went back' }];
  }
  const back = open.flatMap((tracked) => {
    const from = backSince(tracked, pointsOf);
    return from === null ? [] : [{ key: tracked.finding.key, from }];
  });
  return recover(alert, back, harness, `its last ${segmentMin} runs are where they were before the change`);
}

/** The first of the last `segmentMin` runs where they are back at the level before; each of them, so that one outlier does nothing. */
function backSince({ finding }: Tracked, pointsOf: PointsOf): Place | null {
  const last = measuredAfter(pointsOf, finding.key, finding.firstAfter.startedAt).slice(-segmentMin);
  const shares = last.map(({ value }) => backShare(finding, value));
  const [first] = last;
  if (first === undefined || !areBack(shares)) return null;
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return mean >= backShareMin ? placeOf(first.point) : null;
}

/** Of a person's word: no `segmentMin` runs since have ever been back, and the last ones are not. */
function neverWentBack(alert: Alert, pointsOf: PointsOf): AlertEvent[] {
  const unproven = alert.tracked.filter((one) => one.status === 'recovered' && one.isUnproven);
  const still = unproven.filter(({ finding, decidedUntil }) => {
    const since = measuredAfter(pointsOf, finding.key, decidedUntil ?? finding.firstAfter.startedAt);
    const shares = since.map(({ value }) => backShare(finding, value));
    const last = shares.slice(-segmentMin);
    if (last.length < segmentMin || last.some((share) => share >= 0.5)) return false;
    return !shares.some((_, index) => areBack(shares.slice(index, index + segmentMin)));
  });
  const reason = `it was said to be fixed, but the ${segmentMin} runs since are still at the new level`;
  return still.map(({ finding }, index) =>
    index === 0 && !isOpen(alert)
      ? { type: 'reopened', alert: alert.id, finding, reason }
      : { type: 'joined', alert: alert.id, finding },
  );
}

function areBack(shares: readonly number[]): boolean {
  return shares.length === segmentMin && shares.every((share) => share >= 0.5);
}

interface Measured {
  readonly point: SeriesPoint;
  readonly value: number;
}

type PointsOf = ReadonlyMap<string, readonly SeriesPoint[]>;

/** The runs of a series after a time that found something. */
function measuredAfter(pointsOf: PointsOf, key: string, after: string): Measured[] {
  return (pointsOf.get(key) ?? [])
    .filter(({ startedAt }) => Date.parse(startedAt) > Date.parse(after))
    .flatMap((point) => (point.value === null ? [] : [{ point, value: point.value }]));
}

/** The series from its last expected change on: what came before is no level to compare with any more. */
export function sinceExpected(book: Book, series: StoredSeries): StoredSeries {
  const key = seriesKey(series.id);
  const expected = [...book.alerts.values()]
    .flatMap(({ tracked }) => tracked)
    .filter(({ status, finding }) => status === 'expected' && finding.key === key)
    .map(({ finding }) => Date.parse(finding.firstAfter.startedAt));
  const from = Math.max(Number.NEGATIVE_INFINITY, ...expected);
  return { ...series, points: series.points.filter(({ startedAt }) => Date.parse(startedAt) >= from) };
}
