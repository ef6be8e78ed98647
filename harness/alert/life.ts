import type { Confirmation, Suspicion } from '../regress/suspicion.ts';
import type { Alert, Book, Tracked } from './book.ts';
import { isOpen } from './book.ts';
import { alertOfCause } from './cause.ts';
import { textMax } from './event.ts';
import type { AlertEvent, ChangeRecord, Finding, Place } from './event.ts';
import { digest, seriesKey } from './series-key.ts';
import { standingOf } from './known.ts';

/** Who does what nobody asked for. */
export const harness = 'netvm';

/** What the log keeps of a suspicion. */
export function recordOf({ series, change, lastBefore, firstAfter }: Suspicion): ChangeRecord {
  const { kind, before, after } = change;
  return {
    key: seriesKey(series),
    series,
    kind,
    lastBefore: placeOf(lastBefore),
    firstAfter: placeOf(firstAfter),
    before,
    after,
  };
}

/**
 * Whether reruns are to find out about a suspicion: it is not known, and something depends on it. An improvement only matters to an alert
 * that it could end.
 */
export function isToBeConfirmed(book: Book, suspicion: Suspicion): boolean {
  const change = recordOf(suspicion);
  if (standingOf(book, change).is === 'known') return false;
  return change.kind === 'regression' || covered(book, change).length > 0;
}

/** What follows from the reruns of a suspicion; nothing where the change was dealt with before. Nothing but a confirmed regression raises an alert. */
export function conclude(book: Book, suspicion: Suspicion, confirmation: Confirmation): AlertEvent[] {
  const change = recordOf(suspicion);
  const standing = standingOf(book, change);
  if (standing.is === 'known') return [];
  const reason = cut(confirmation.reason);
  if (confirmation.outcome !== 'confirmed') {
    return [{ type: 'checked', change, outcome: confirmation.outcome, reason }];
  }
  if (Math.sign(confirmation.relativeChange) !== Math.sign(change.after - change.before)) {
    return [
      {
        type: 'checked',
        change,
        outcome: 'refuted',
        reason: cut(`reruns show the opposite: ${confirmation.reason}`),
      },
    ];
  }
  if (change.kind === 'improvement') {
    const why = `a confirmed improvement covers it: ${confirmation.reason}`;
    const over = covered(book, change).flatMap(([alert, { finding }]) =>
      recover(alert, [{ key: finding.key, from: change.firstAfter }], harness, why),
    );
    // Last: once it is written, nothing more is done about this improvement.
    return [...over, { type: 'checked', change, outcome: 'improvement', reason }];
  }
  const finding = findingOf(change, confirmation);
  if (standing.is === 'back') return reopen(standing.alert, finding, 'it came back');
  const alert = alertOfCause(book.alerts.values(), change);
  if (alert === null) return [{ type: 'raised', alert: newId(book, finding), finding }];
  return reopen(alert, finding, 'one more series shows what it was about');
}

/** An alert that is open already has one series more, or again. */
function reopen(alert: Alert, finding: Finding, reason: string): AlertEvent[] {
  if (!isOpen(alert)) return [{ type: 'reopened', alert: alert.id, finding, reason }];
  return [{ type: 'joined', alert: alert.id, finding }];
}

/** A series that went back; `from` is the first run of that, null where a person says so. */
export interface Recovered {
  readonly key: string;
  readonly from: Place | null;
}

/** The series of one alert that went back, and the end of the alert where no other is open. */
export function recover(alert: Alert, back: readonly Recovered[], by: string, reason: string): AlertEvent[] {
  if (back.length === 0) return [];
  const why = { by, reason: cut(reason) };
  const isLeft = ({ status, finding }: Tracked) =>
    status === 'open' && !back.some(({ key }) => key === finding.key);
  return [
    ...back.map((one): AlertEvent => ({ type: 'recovered', alert: alert.id, ...one, ...why })),
    ...(alert.tracked.some(isLeft) ? [] : [{ type: 'fixed', alert: alert.id, ...why } as const]),
  ];
}

/** Back by so much of the step is back. */
export const backShareMin = 0.75;

/** Open series that an improvement brings back to where they were before. */
function covered(book: Book, change: ChangeRecord): [Alert, Tracked][] {
  if (change.kind !== 'improvement') return [];
  return [...book.alerts.values()].flatMap((alert) =>
    alert.tracked
      .filter(
        ({ status, finding }) => status === 'open' && finding.key === change.key && isAfter(change, finding),
      )
      .filter(({ finding }) => backShare(finding, change.after) >= backShareMin)
      .map((tracked): [Alert, Tracked] => [alert, tracked]),
  );
}

/** How much of a step a level has gone back: 0 where it is still at the new level, 1 and more where it is as before. */
export function backShare({ before, after }: Pick<Finding, 'before' | 'after'>, level: number): number {
  return (level - after) / (before - after);
}

function isAfter(change: ChangeRecord, finding: Finding): boolean {
  return Date.parse(change.firstAfter.startedAt) > Date.parse(finding.firstAfter.startedAt);
}

function findingOf(
  change: ChangeRecord,
  { relativeChange, interval, confidence, reason }: Confirmation,
): Finding {
  return { ...change, relativeChange, interval: [...interval], confidence, reason: cut(reason) };
}

/** The same finding has the same id, whoever raises it; longer where two would share one. */
function newId(book: Book, { key, firstAfter }: Finding): string {
  const all = digest([key, firstAfter.runId]);
  const lengths = [8, 12, 16];
  const id = lengths.map((length) => all.slice(0, length)).find((one) => !book.alerts.has(one));
  if (id === undefined)
    throw new Error(`no id is left for an alert of series ${key}, run ${firstAfter.runId}`);
  return id;
}

/** Of a run, what the log keeps. */
export function placeOf({ runId, startedAt, commit, isDirty }: Place): Place {
  return { runId, startedAt, commit, ...(isDirty && { isDirty }) };
}

function cut(text: string): string {
  return text.slice(0, textMax);
}
