import type { Alert, Book, Delivery } from './book.ts';
import { isOpen } from './book.ts';
import type { LifeType, Messenger, Telling } from './channel.ts';
import type { LoggedEvent } from './event.ts';
import { digest } from './series-key.ts';

/** A delivery that failed or was refused is begun again at so many starts; then it is given up, and said. */
export const startsMax = 10;

/**
 * What a channel has yet to be told, the oldest first: what happened since it was first used, and what is open since before. What was given up is not in it.
 */
export function pendingFor(book: Book, channel: Messenger, nowMs: number): Telling[] {
  const mine = book.deliveries.filter((delivery) => delivery.channel === channel.name);
  return tellable(book, channel)
    .filter(({ logged }) => {
      const tries = mine.filter(({ of }) => of === logged.seq);
      const isBarred = Date.parse(tries.at(-1)?.notBefore ?? '') > nowMs;
      return !isDelivered(tries) && tries.length < startsMax && !isBarred;
    })
    .map(({ alert, logged }) => ({
      alert,
      logged,
      key: deliveryKey(alert, logged, channel.name),
      ref: mine.findLast((delivery) => delivery.alert === alert.id && delivery.ref !== null)?.ref ?? null,
    }));
}

/** So many events were given up on a channel. */
export function givenUp(book: Book, channel: Messenger): number {
  return tellable(book, channel).filter(({ logged }) => {
    const tries = book.deliveries.filter(
      ({ channel: name, of }) => name === channel.name && of === logged.seq,
    );
    return !isDelivered(tries) && tries.length >= startsMax;
  }).length;
}

/** So many events a channel has yet to be told, those that have to wait included. */
export function owed(book: Book, channel: Messenger): number {
  return pendingFor(book, channel, Number.POSITIVE_INFINITY).length;
}

function tellable(book: Book, channel: Messenger): { alert: Alert; logged: LoggedEvent }[] {
  const since = book.channels.get(channel.name) ?? book.seq;
  const all = [...book.alerts.values()].flatMap((alert) => {
    const opened = isOpen(alert) ? lastOpening(alert) : null;
    return alert.history
      .filter((logged) => channel.tells.includes(logged.event.type as LifeType))
      .filter((logged) => logged.seq > since || logged.seq === opened)
      .filter((logged) => logged.event.type !== 'joined' || wasTold(book, channel, alert, logged))
      .map((logged) => ({ alert, logged }));
  });
  return all.sort((a, b) => a.logged.seq - b.logged.seq);
}

/** Whether the channel had been told of the alert before a series joined it; if not, the series was among what it was told of then. */
function wasTold(book: Book, channel: Messenger, alert: Alert, joined: LoggedEvent): boolean {
  const openings = alert.history.filter(({ event }) => event.type === 'raised' || event.type === 'reopened');
  const last = openings.findLast(({ seq }) => seq < joined.seq)?.seq;
  return book.deliveries.some(
    ({ channel: name, of, outcome, seq }) =>
      name === channel.name && of === last && outcome === 'delivered' && seq < joined.seq,
  );
}

/** A channel that is new is told of what is open, not of all that ever was. */
function lastOpening(alert: Alert): number | null {
  return (
    alert.history.findLast(({ event }) => event.type === 'raised' || event.type === 'reopened')?.seq ?? null
  );
}

function isDelivered(tries: readonly Delivery[]): boolean {
  return tries.some(({ outcome }) => outcome === 'delivered');
}

function deliveryKey(alert: Alert, { seq }: LoggedEvent, channel: string): string {
  return `${alert.id}-${seq}-${digest([alert.raisedAt, channel]).slice(0, 12)}`;
}
