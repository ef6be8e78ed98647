import type { Books } from '../model/run.ts';
import type { TrialReport } from '../traffic/generator.ts';
import { heldOnVfs } from './embedded-switch.ts';
import type { Reading } from './reading.ts';

export interface ClosedBooks {
  readonly books: Books;
  /** One sentence where `sent = received + drops + inFlight` does not hold exactly, or something is still in flight; else null. */
  readonly fault: string | null;
}

/** Programs that were killed in a trial. */
export interface Killed {
  /** Of the readings, theirs. */
  readonly readings: readonly Reading[];
  /** Packets that they can have held, at most. */
  readonly heldMax: number;
}

const nobody: Killed = { readings: [], heldMax: 0 };

/** Descriptors of a ring of the wire, and of a ring between the switch of the baseline and an NF: of either data plane the more. */
const wireRing = 8_192;
const chainRing = 1_024;
/** Packets in a chain of NetVM at once. */
const credits = 4_096;

/** Packets in an NF's hands, on a virtual function: a burst that came and one that waits to go. */
const bursts = 2 * 64;

/** Packets that a data plane can hold at most, whichever it is: all rings full in both directions, a burst at each end of a ring. */
export function heldAtMost(queues: number, nfs: number): number {
  const inChain = 2 * queues * wireRing + credits + 4 * queues * nfs * chainRing;
  return Math.max(inChain, nfs * (2 * wireRing + bursts));
}

/**
 * Closes the books of a trial over all programs a packet passed: each counter `drop.*` is a place where it can be lost, each
 * `inflight.*` one where it may still be. docs/counters.md lists them. What killed programs held
 * they lost, and with nobody left to count it, it is what is missing: `dataplane.killed`, as far as they can have held so much. What virtual
 * functions hold is in flight, and what those of dead NFs held (`deadNfs`, by their place in the chain) was dropped with them: `vf<i>.nf_died`.
 */
export function closeBooks(
  report: TrialReport,
  readings: readonly Reading[],
  killed: Killed = nobody,
  deadNfs: readonly number[] = [],
): ClosedBooks {
  const drops: Record<string, number> = {};
  let inFlight = 0;
  for (const reading of readings) {
    const { before, after } = reading;
    for (const [name, value] of after) {
      const grown = Number(value - (before.get(name) ?? 0n));
      if (name.startsWith('drop.') && grown !== 0) {
        const place = name.slice('drop.'.length);
        drops[place] = (drops[place] ?? 0) + grown;
      }
      if (name.startsWith('inflight.') && !killed.readings.includes(reading)) inFlight += grown;
    }
  }
  if (killed.readings.length === 0) {
    for (const [i, held] of heldOnVfs(readings)) {
      if (deadNfs.includes(i) && held > 0) drops[`vf${i}.nf_died`] = held;
      else inFlight += held;
    }
  }
  const { sent, received, duplicates, reordered } = report;
  const missing = sent - received - sumOf(drops) - inFlight;
  if (missing > 0 && missing <= killed.heldMax) drops['dataplane.killed'] = missing;
  return {
    books: { sent, received, drops, inFlight, duplicates, reordered },
    fault: findFault(report, drops, inFlight),
  };
}

function findFault(
  report: TrialReport,
  drops: Readonly<Record<string, number>>,
  inFlight: number,
): string | null {
  const { sent, received, foreign, strayed = 0 } = report;
  if (strayed > 0)
    return `${strayed} packets came back on another queue of the wire than they had left on: their order is not known.`;
  if (foreign > 0) return `${foreign} packets came back that this trial had not sent.`;
  const dropped = sumOf(drops);
  const missing = sent - received - dropped - inFlight;
  if (missing === 0) return inFlight === 0 ? null : stillInFlight(inFlight);
  const figures = `${sent} sent, ${received} received, ${dropped} dropped by name, ${inFlight} in flight`;
  return missing > 0
    ? `The books do not close: ${missing} packets were lost in a place without a name (${figures}).`
    : `The books do not close: ${-missing} packets more are accounted for than were sent (${figures}).`;
}

function sumOf(drops: Readonly<Record<string, number>>): number {
  return Object.values(drops).reduce((sum, count) => sum + count, 0);
}

/** The books close, but what is in flight is neither received nor lost: the trial cannot say which it would have been. */
function stillInFlight(inFlight: number): string {
  return inFlight > 0
    ? `After the drain ${inFlight} packets were still in flight: a longer method.drain would let them come, or an NF holds them.`
    : `Before the trial ${-inFlight} packets of an earlier one were still in flight, and left during it.`;
}
