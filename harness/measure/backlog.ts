import { union, type Interval } from './intervals.ts';

export interface Pace {
  /** 0: not paced. */
  readonly intendedPps: number;
  /** Rate of the full wire; 0: not paced. */
  readonly wirePps: number;
  /** Queues of the wire, each with its share of the load and a receive ring of its own; 1 where left out. */
  readonly queueCount?: number;
}

/** Half of the device's receive ring (8192 descriptors, of every data plane): the other half is for what was waiting already. */
const roomPackets = 4_096;
/** A device that is not at its limit can do a tenth more than the load; at the limit, gaps of the machine limit it too. */
const headroom = 0.1;
/** After a gap the sender catches up at the wire's rate, a load above the intended one; bounded where the two are close. */
const catchUpFactorMax = 20;

/**
 * The times in which a device with a tenth of headroom would have lost packets because of these gaps: what waits grows while a core is
 * away and shrinks by the headroom when none is. As long as it fits into half of the receive ring, a gap excuses nothing: a virtual
 * core is away for some 40 us a thousand times a second, and a load that cannot be carried with that is one the device cannot
 * carry here. Each window begins with the gap that fills the room, and ends when there is room again. Of several queues, one: `generator`
 * are the gaps of the loops that it depends on.
 */
export function overrun(generator: readonly Interval[], device: readonly Interval[], pace: Pace): Interval[] {
  const { intendedPps, queueCount = 1 } = pace;
  // Unpaced, a full wire holds the sender back: every gap is felt, and none makes a loss.
  const roomNs = intendedPps === 0 ? 0 : (queueCount * roomPackets * 1e9) / intendedPps;
  const windows: Interval[] = [];
  let waitingNs = 0;
  let nowNs = -Infinity;
  for (const { startNs, endNs, catchUpFactor } of inOrder(generator, device, pace)) {
    waitingNs = Math.max(0, waitingNs - Math.max(0, startNs - nowNs) * headroom);
    waitingNs += Math.max(0, endNs - Math.max(startNs, nowNs));
    nowNs = Math.max(nowNs, endNs);
    if (waitingNs <= roomNs) continue;
    // More than the ring holds does not wait: it is lost.
    waitingNs = Math.min(waitingNs, 2 * roomNs);
    const caughtUpNs = endNs + (endNs - startNs) * catchUpFactor;
    windows.push({ startNs, endNs: caughtUpNs + (waitingNs - roomNs) / headroom });
  }
  return union(windows);
}

/** All gaps by their start. Only a sender has something to catch up with. */
function inOrder(
  generator: readonly Interval[],
  device: readonly Interval[],
  { intendedPps, wirePps }: Pace,
) {
  const factor =
    wirePps > intendedPps ? Math.min(catchUpFactorMax, intendedPps / (wirePps - intendedPps)) : 0;
  return [
    ...generator.map((gap) => ({ ...gap, catchUpFactor: factor })),
    ...device.map((gap) => ({ ...gap, catchUpFactor: 0 })),
  ].sort((a, b) => a.startNs - b.startNs);
}
