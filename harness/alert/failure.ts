/** Why one attempt to deliver came to nothing. */
export class DeliveryFailure extends Error {
  /** Whether the same again may do better. */
  readonly isPassing: boolean;
  /** How long the other side asks to be left alone, ms; null where it says nothing. */
  readonly retryAfterMs: number | null;

  constructor(message: string, isPassing: boolean, retryAfterMs: number | null = null) {
    super(message);
    this.name = 'DeliveryFailure';
    this.isPassing = isPassing;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What Node's sockets say, by code: their messages may hold addresses that are secret. */
export function networkFailure(error: unknown): DeliveryFailure {
  if (error instanceof DeliveryFailure) return error;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'TimeoutError') return new DeliveryFailure('no answer in time', true);
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
    if (code !== null && /^[A-Z0-9_]{2,40}$/.test(code))
      return new DeliveryFailure(`no connection: ${code}`, true);
  }
  return new DeliveryFailure('no connection', true);
}
