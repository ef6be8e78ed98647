/** Packets that did not come back, one after the other, in ns from the trial's first packet on. */
export interface Loss {
  /** When the first of them was meant to be sent. */
  readonly startNs: number;
  /** When the next packet came back. */
  readonly endNs: number;
  readonly packets: number;
  /** Of them: while a core was taken away, or its backlog drained. */
  readonly inGaps: number;
}

/** An interruption: losses that follow on each other. */
export interface Outage {
  readonly startNs: number;
  readonly endNs: number;
  readonly packets: number;
}

/** Of those, one that lost packets apart from gaps. */
export function outsideGaps({ packets, inGaps }: Loss): number {
  return Math.max(0, packets - inGaps);
}

/**
 * The interruption that lost the most packets: losses with less than `apartNs` between them are one. Whether they fell into gaps is
 * of no account: what is being restarted takes the core that others need. Null where nothing was lost.
 */
export function largestOutage(losses: readonly Loss[], apartNs: number): Outage | null {
  const outages: Outage[] = [];
  for (const { startNs, endNs, packets } of losses.toSorted((a, b) => a.startNs - b.startNs)) {
    const last = outages.at(-1);
    if (last && startNs - last.endNs < apartNs) {
      const joined = {
        startNs: last.startNs,
        endNs: Math.max(last.endNs, endNs),
        packets: last.packets + packets,
      };
      outages[outages.length - 1] = joined;
    } else outages.push({ startNs, endNs, packets });
  }
  return outages.toSorted((a, b) => b.packets - a.packets)[0] ?? null;
}

export interface Recovery {
  /** From the reduction to the send time of the last packet lost outside gaps; 0 where none was lost after it. */
  readonly recoveryNs: number;
  /** Packets sent after the reduction and lost outside gaps. */
  readonly lostAfter: number;
}

/** RFC 2544 section 26.5: timestamp A is the reduction at `stepNs`, timestamp B the time of the last lost frame. */
export function recoveryAfter(losses: readonly Loss[], stepNs: number, reducedPps: number): Recovery {
  const packetNs = 1e9 / reducedPps;
  let recoveryNs = 0;
  let lostAfter = 0;
  for (const loss of losses) {
    // What had come back before the reduction was lost before it.
    if (loss.endNs <= stepNs || outsideGaps(loss) === 0) continue;
    const lastNs = loss.startNs + (loss.packets - 1) * packetNs - stepNs;
    if (lastNs < 0) continue;
    recoveryNs = Math.max(recoveryNs, lastNs);
    const sentAfter = Math.min(loss.packets, Math.floor(lastNs / packetNs) + 1);
    lostAfter += Math.min(sentAfter, outsideGaps(loss));
  }
  return { recoveryNs, lostAfter };
}

/** Packets of the losses that begin in a stretch of time; of one from 0 on also those before, and of one without end all that follow. */
export function lostIn(losses: readonly Loss[], fromNs: number, toNs: number | null): number {
  return losses
    .filter(({ startNs }) => (fromNs === 0 || startNs >= fromNs) && (toNs === null || startNs < toNs))
    .reduce((sum, { packets }) => sum + packets, 0);
}
