import type { SeriesId, SeriesPoint } from '../model/series.ts';
import type { Alert, Book } from './book.ts';
import type { AlertEvent, LoggedEvent } from './event.ts';

/** What of an alert's life people can be told. */
export type LifeType = Extract<
  AlertEvent['type'],
  'raised' | 'joined' | 'acknowledged' | 'expected' | 'fixed' | 'reopened'
>;

/** One event of an alert, to be told to one channel. */
export interface Telling {
  readonly alert: Alert;
  readonly logged: LoggedEvent;
  /** The same for the same alert, event and channel, whenever it is told: who has seen it before may drop it. */
  readonly key: string;
  /** What the channel called this alert when it was told of it before; null where it was not. */
  readonly ref: string | null;
}

/** Everything at once, for channels that show how things are instead of what happens. */
export interface Overview {
  readonly at: string;
  readonly book: Book;
  readonly latest: readonly LatestPoint[];
}

export interface LatestPoint {
  readonly series: SeriesId;
  readonly point: SeriesPoint;
}

interface Named {
  readonly name: string;
  readonly kind: string;
  /** Sends or writes something harmless. Resolves to what it did, in words; throws DeliveryFailure, or what the file system says. */
  test(signal: AbortSignal): Promise<string>;
}

/** Is told of events, one by one. */
export interface Messenger extends Named {
  readonly tells: readonly LifeType[];
  /** Once; resolves to what the other side calls the alert, where it has a name for it. Throws DeliveryFailure. */
  tell(telling: Telling, signal: AbortSignal): Promise<string | null>;
}

/** Shows the state of everything, in a file that is replaced as a whole. */
export interface Board extends Named {
  show(overview: Overview): Promise<void>;
}

/** One of the ways in which people learn of alerts. */
export type Channel = Messenger | Board;

/** All but `joined`: who was told of a cause need not hear of each cell. */
export const usualTells: readonly LifeType[] = ['raised', 'acknowledged', 'expected', 'fixed', 'reopened'];

export function isMessenger(channel: Channel): channel is Messenger {
  return 'tell' in channel;
}
