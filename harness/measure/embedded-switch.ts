import type { EmbeddedSwitchCost } from '../model/run.ts';
import type { TrialReport } from '../traffic/generator.ts';
import { grownBy, type Reading } from './reading.ts';

/** What the generator's core spent on emulating a NIC with virtual functions; null where it emulated none. */
export function embeddedSwitchCost(own: Reading, report: TrialReport): EmbeddedSwitchCost | null {
  const ticks = report.lastSendTsc - report.firstSendTsc;
  if (!own.after.has('eswitch.cycles.busy') || ticks <= 0) return null;
  // What came in the drain is counted, too.
  const share = (name: string) => Math.min(1, grownBy(own, name) / ticks);
  return { busyRatio: share('eswitch.cycles.busy'), coreBusyRatio: share('eswitch.cycles.worked') };
}

/**
 * Packets that each virtual function was given and has not given back, by its number: in its rings, or with its NF. The embedded switch counts
 * both sides of it, and the NF what it dropped itself. Empty where there are none.
 */
export function heldOnVfs(readings: readonly Reading[]): Map<number, number> {
  const held = new Map<number, number>();
  const sum = (name: string) => readings.reduce((total, reading) => total + grownBy(reading, name), 0);
  for (let i = 0; readings.some(({ after }) => after.has(`vf${i}.rx.packets`)); i++) {
    const dropped = sum(`drop.nf${i}.verdict`) + sum(`drop.nf${i}.stopped`);
    held.set(i, sum(`vf${i}.rx.packets`) - sum(`vf${i}.tx.packets`) - dropped);
  }
  return held;
}
