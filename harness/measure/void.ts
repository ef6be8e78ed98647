import type { Cell, TrialRecord } from '../model/run.ts';
import type { TrialRequest } from '../traffic/generator.ts';

/** The generator ended or fell silent in mid-trial: what it had sent is not known, so the trial says nothing. */
export class TrialVoid extends Error {
  override readonly name = 'TrialVoid';
  /** For the archive: what was asked for, and why nothing came of it. */
  readonly record: TrialRecord;
  constructor(cause: Error, record: TrialRecord) {
    super(cause.message, { cause });
    this.record = record;
  }
}

export function voidTrial(
  cause: Error,
  trial: { readonly cell: Cell; readonly purpose: TrialRecord['purpose']; readonly request: TrialRequest },
): TrialVoid {
  const { cell, purpose, request } = trial;
  return new TrialVoid(cause, {
    cell,
    purpose,
    intendedPps: request.pps,
    offeredPps: 0,
    receivedPps: 0,
    durationNs: 0,
    lossRatio: 0,
    lostInGaps: 0,
    verdict: 'void',
    reason: `The generator failed in mid-trial, so what it had sent is not known: ${cause.message}.`,
    books: { sent: 0, received: 0, drops: {}, inFlight: 0, duplicates: 0, reordered: 0 },
    gaps: [],
    gapNs: { generator: 0, device: 0 },
    latencyNs: null,
    cpu: null,
  });
}

/** The void trial behind an error, however often it was wrapped; else null. */
export function voidTrialOf(error: unknown): TrialRecord | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof TrialVoid) return cause.record;
  }
  return null;
}
