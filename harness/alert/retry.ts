import type { Clock } from './clock.ts';
import { DeliveryFailure } from './failure.ts';

export interface RetryPolicy {
  /** At most so many attempts in one go. */
  readonly attemptsMax: number;
  /** The pause after the first attempt, ms; it doubles from one to the next, up to `pauseMsMax`. */
  readonly pauseMs: number;
  readonly pauseMsMax: number;
  /** One who asks for a longer pause is left alone until the next start. */
  readonly waitMsMax: number;
}

export const usualPolicy: RetryPolicy = {
  attemptsMax: 5,
  pauseMs: 1000,
  pauseMsMax: 30_000,
  waitMsMax: 120_000,
};

/** No one is left alone for longer, whatever they ask for. */
const notBeforeMsMax = 24 * 3_600_000;

export interface Attempt {
  /** ISO 8601. */
  readonly at: string;
  readonly result: string;
}

export type Outcome =
  | { readonly outcome: 'delivered'; readonly ref: string | null; readonly attempts: readonly Attempt[] }
  | {
      /** `failed`: the next start may do better. `refused`: the same again is refused again. */
      readonly outcome: 'failed' | 'refused';
      readonly attempts: readonly Attempt[];
      /** ISO 8601; null where it may be tried again at any time. */
      readonly notBefore: string | null;
    };

/**
 * Tries until it is done, refused, or has been tried often enough. Pauses grow exponentially, half of each by chance (so that many who failed together do
 * not come back together), and are never shorter than the other side asks for. Throws only where it is told to stop.
 */
export async function tryOften(
  attempt: () => Promise<string | null>,
  policy: RetryPolicy,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome> {
  const attempts: Attempt[] = [];
  for (;;) {
    signal.throwIfAborted();
    const at = new Date(clock.now()).toISOString();
    const done = await attempt().then(
      (ref) => ({ ref }),
      (error: unknown) => ({ failure: failureOf(error) }),
    );
    if ('ref' in done)
      return { outcome: 'delivered', ref: done.ref, attempts: [...attempts, { at, result: 'delivered' }] };
    signal.throwIfAborted();
    const { failure } = done;
    attempts.push({ at, result: failure.message });
    if (!failure.isPassing) return { outcome: 'refused', attempts, notBefore: null };
    const asked = failure.retryAfterMs ?? 0;
    if (attempts.length >= policy.attemptsMax || asked > policy.waitMsMax) {
      const until = clock.now() + Math.min(asked, notBeforeMsMax);
      return { outcome: 'failed', attempts, notBefore: asked > 0 ? new Date(until).toISOString() : null };
    }
    await clock.sleep(Math.max(asked, pauseMs(attempts.length, policy, clock.random())), signal);
  }
}

function pauseMs(failures: number, { pauseMs: first, pauseMsMax }: RetryPolicy, random: number): number {
  const full = Math.min(pauseMsMax, first * 2 ** (failures - 1));
  return full / 2 + (full / 2) * random;
}

/** A bug is no failure of the other side. */
function failureOf(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  if (error instanceof Error && error.name === 'AbortError') return new DeliveryFailure('interrupted', true);
  throw error;
}
