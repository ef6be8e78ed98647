import { withLock } from '../native/lock.ts';
import type { Board, Channel, LatestPoint, Messenger, Telling } from './channel.ts';
import { isMessenger } from './channel.ts';
import type { Clock } from './clock.ts';
import type { AlertEvent } from './event.ts';
import { appendToLog, lockName, readLog } from './log.ts';
import { givenUp, owed, pendingFor } from './pending.ts';
import type { Outcome, RetryPolicy } from './retry.ts';
import { tryOften } from './retry.ts';

export interface DeliverOptions {
  /** The log of alerts. */
  readonly file: string;
  readonly channels: readonly Channel[];
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** For channels that show the last figures. */
  readonly latest: readonly LatestPoint[];
}

/** What came of one channel. */
export interface ChannelReport {
  readonly channel: string;
  readonly kind: string;
  readonly delivered: number;
  /** Still to be told: the next start goes on with them. */
  readonly owed: number;
  /** Tried at so many starts that it is not tried again. */
  readonly givenUp: number;
  /** The last thing that went wrong; null where nothing did. */
  readonly problem: string | null;
}

/**
 * Tells every channel what it has yet to be told; channels that fail keep the others from nothing. Each delivery is logged when it is done, so one that was sent and
 * not logged (a kill in between) is at most sent once more, with the same key. One process delivers at a time: UserError (exit 3) for another.
 */
export async function deliver(options: DeliverOptions): Promise<ChannelReport[]> {
  const busy =
    'another ./netvm is delivering these alerts right now: what is pending here is delivered by it';
  return withLock(`${lockName(options.file)} deliver`, () => deliverAlone(options), busy, 0);
}

async function deliverAlone(options: DeliverOptions): Promise<ChannelReport[]> {
  const { file, channels, clock } = options;
  const messengers = channels.filter(isMessenger);
  await appendToLog(
    file,
    (book) =>
      messengers
        .filter(({ name }) => !book.channels.has(name))
        .map(({ name }): AlertEvent => ({ type: 'channel', channel: name })),
    clock.now,
  );
  const told = await Promise.all(messengers.map((messenger) => tellAll(messenger, options)));
  const shown: ChannelReport[] = [];
  // After everybody was told: these show what came of it.
  for (const one of channels) if (!isMessenger(one)) shown.push(await show(one, options));
  return [...told, ...shown];
}

async function tellAll(channel: Messenger, options: DeliverOptions): Promise<ChannelReport> {
  const { file, clock, policy, signal } = options;
  const { book } = await readLog(file);
  const stuck = new Set<string>();
  let delivered = 0;
  let problem: string | null = null;
  for (const telling of pendingFor(book, channel, clock.now())) {
    // What came later is told later.
    if (stuck.has(telling.alert.id)) continue;
    const ref = (await latestRef(file, channel, telling)) ?? telling.ref;
    const outcome = await tryOften(() => channel.tell({ ...telling, ref }, signal), policy, clock, signal);
    await appendToLog(file, () => [deliveryEvent(channel, telling, outcome)], clock.now);
    if (outcome.outcome === 'delivered') {
      delivered++;
      continue;
    }
    problem = outcome.attempts.at(-1)?.result ?? outcome.outcome;
    stuck.add(telling.alert.id);
    // Nobody is there: the next alert would only wait as long.
    if (outcome.outcome === 'failed') break;
  }
  const { book: after } = await readLog(file);
  const { name, kind } = channel;
  return {
    channel: name,
    kind,
    delivered,
    owed: owed(after, channel),
    givenUp: givenUp(after, channel),
    problem,
  };
}

/** What this start has learnt of the alert's name on the other side. */
async function latestRef(file: string, channel: Messenger, { alert }: Telling): Promise<string | null> {
  const { book } = await readLog(file);
  const mine = book.deliveries.filter((one) => one.channel === channel.name && one.alert === alert.id);
  return mine.findLast(({ ref }) => ref !== null)?.ref ?? null;
}

function deliveryEvent(channel: Messenger, { alert, logged, key }: Telling, outcome: Outcome): AlertEvent {
  return {
    type: 'delivery',
    alert: alert.id,
    channel: channel.name,
    of: logged.seq,
    key,
    outcome: outcome.outcome,
    attempts: [...outcome.attempts],
    ref: outcome.outcome === 'delivered' ? outcome.ref : null,
    notBefore: outcome.outcome === 'delivered' ? null : outcome.notBefore,
  };
}

async function show(channel: Board, { file, latest, clock }: DeliverOptions): Promise<ChannelReport> {
  const { name, kind } = channel;
  const report = { channel: name, kind, owed: 0, givenUp: 0 };
  try {
    const { book } = await readLog(file);
    await channel.show({ at: new Date(clock.now()).toISOString(), book, latest });
    return { ...report, delivered: 1, problem: null };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { ...report, delivered: 0, owed: 1, problem: `cannot be written (${code})` };
  }
}
