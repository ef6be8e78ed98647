import type { AlertEvent, ChangeRecord, EventOf, Finding, LoggedEvent } from './event.ts';

/**
 * - `new`: nobody has seen to it.
 * - `acknowledged`: somebody has.
 * - `expected`: meant to be so; the new level is what later runs are compared with.
 * - `fixed`: all of its series went back. It is reopened (`new`) where one of them comes back.
 */
export type AlertState = 'new' | 'acknowledged' | 'expected' | 'fixed';

/** One series of an alert. */
export interface Tracked {
  readonly finding: Finding;
  readonly status: 'open' | 'expected' | 'recovered';
  /** Changes up to this time were decided on with it; null while it is open. */
  readonly decidedUntil: string | null;
  /** A person said that it went back; runs have yet to show it. */
  readonly isUnproven: boolean;
}

export interface Alert {
  readonly id: string;
  readonly state: AlertState;
  readonly raisedAt: string;
  /** In the order in which they came; one a series. */
  readonly tracked: readonly Tracked[];
  /** Its life, the oldest event first. */
  readonly history: readonly LoggedEvent[];
}

export interface Checked {
  readonly change: ChangeRecord;
  readonly outcome: EventOf<'checked'>['outcome'];
  readonly at: string;
}

export interface Delivery extends EventOf<'delivery'> {
  /** Of its own event. */
  readonly seq: number;
  readonly at: string;
}

/** All that the log says, worked out. */
export interface Book {
  /** Of the last event; 0 where there is none. */
  readonly seq: number;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly checked: readonly Checked[];
  /** Channels, and from which event on they are told. */
  readonly channels: ReadonlyMap<string, number>;
  readonly deliveries: readonly Delivery[];
}

export const emptyBook: Book = {
  seq: 0,
  alerts: new Map(),
  checked: [],
  channels: new Map(),
  deliveries: [],
};

/** An event that cannot follow what was before; the message says why. */
export class ImpossibleEvent extends Error {}

export function isOpen({ state }: Alert): boolean {
  return state === 'new' || state === 'acknowledged';
}

/** The book with one more event. Throws ImpossibleEvent. */
export function apply(book: Book, logged: LoggedEvent): Book {
  if (logged.seq !== book.seq + 1) throw new ImpossibleEvent(`event ${logged.seq} follows event ${book.seq}`);
  const next = { ...book, seq: logged.seq };
  const { event, time } = logged;
  switch (event.type) {
    case 'checked':
      return { ...next, checked: [...book.checked, { ...event, at: time }] };
    case 'channel':
      if (book.channels.has(event.channel))
        throw new ImpossibleEvent(`channel ${event.channel} is there already`);
      return { ...next, channels: new Map(book.channels).set(event.channel, logged.seq) };
    case 'delivery':
      return { ...next, deliveries: [...book.deliveries, deliveryOf(book, event, logged)] };
    case 'raised':
      if (book.alerts.has(event.alert)) throw new ImpossibleEvent(`alert ${event.alert} is there already`);
      return withAlert(next, {
        id: event.alert,
        state: 'new',
        raisedAt: time,
        tracked: [opened(event.finding)],
        history: [logged],
      });
    default: {
      const alert = book.alerts.get(event.alert);
      if (alert === undefined) throw new ImpossibleEvent(`there is no alert ${event.alert}`);
      const lived = { ...alert, ...live(alert, event, time), history: [...alert.history, logged] };
      return withAlert(next, lived);
    }
  }
}

type LifeEvent = EventOf<'joined' | 'acknowledged' | 'expected' | 'recovered' | 'fixed' | 'reopened'>;

function live(alert: Alert, event: LifeEvent, time: string): Pick<Alert, 'state' | 'tracked'> {
  const need = (holds: boolean, what: string) => {
    if (!holds)
      throw new ImpossibleEvent(`alert ${alert.id} is ${alert.state} and cannot be ${event.type}: ${what}`);
  };
  const { state, tracked } = alert;
  switch (event.type) {
    case 'joined':
      need(isOpen(alert), 'it is over');
      need(!tracked.some((one) => isOpenSeries(one, event.finding.key)), 'the series is open in it already');
      return { state, tracked: withOpened(tracked, event.finding) };
    case 'acknowledged':
      need(state === 'new', 'only a new one is');
      return { state: 'acknowledged', tracked };
    case 'expected': {
      need(isOpen(alert), 'it is over');
      const closed = { status: 'expected', decidedUntil: time } as const;
      return {
        state: 'expected',
        tracked: tracked.map((one) => (one.status === 'open' ? { ...one, ...closed } : one)),
      };
    }
    case 'recovered': {
      need(
        tracked.some((one) => isOpenSeries(one, event.key)),
        'no series of it is open by that key',
      );
      const closed = { status: 'recovered', decidedUntil: event.from?.startedAt ?? time } as const;
      const isUnproven = event.from === null;
      return {
        state,
        tracked: tracked.map((one) =>
          isOpenSeries(one, event.key) ? { ...one, ...closed, isUnproven } : one,
        ),
      };
    }
    case 'fixed':
      need(isOpen(alert), 'it is over');
      need(!tracked.some((one) => one.status === 'open'), 'a series of it is still open');
      return { state: 'fixed', tracked };
    case 'reopened':
      need(!isOpen(alert), 'it is open');
      return { state: 'new', tracked: withOpened(tracked, event.finding) };
  }
}

function isOpenSeries(one: Tracked, key: string): boolean {
  return one.status === 'open' && one.finding.key === key;
}

/** A series is in an alert once: what was found of it before is in the history. */
function withOpened(tracked: readonly Tracked[], finding: Finding): Tracked[] {
  return [...tracked.filter((one) => one.finding.key !== finding.key), opened(finding)];
}

function opened(finding: Finding): Tracked {
  return { finding, status: 'open', decidedUntil: null, isUnproven: false };
}

function deliveryOf(book: Book, event: EventOf<'delivery'>, { seq, time: at }: LoggedEvent): Delivery {
  const isItsOwn = book.alerts.get(event.alert)?.history.some((told) => told.seq === event.of) ?? false;
  if (!isItsOwn) throw new ImpossibleEvent(`alert ${event.alert} has no event ${event.of} to be delivered`);
  return { ...event, seq, at };
}

function withAlert(book: Book, alert: Alert): Book {
  return { ...book, alerts: new Map(book.alerts).set(alert.id, alert) };
}

/** The book of events in their order. */
export function replay(events: Iterable<LoggedEvent>): Book {
  let book = emptyBook;
  for (const logged of events) book = apply(book, logged);
  return book;
}

/** The same, of events that are not logged yet: numbered and timed from here on. */
export function numbered(book: Book, events: readonly AlertEvent[], time: string): LoggedEvent[] {
  return events.map((event, index) => ({ seq: book.seq + 1 + index, time, event }));
}
