import type { CpuCost } from '../model/run.ts';
import type { TrialReport } from '../traffic/generator.ts';
import type { Reading } from './reading.ts';

/**
 * What the packets of a trial cost the device: cycles of rounds in which packets moved. Null where a program on the
 * device's core does not count them: part of the cost would look like all of it.
 */
export function cpuCost(readings: readonly Reading[], report: TrialReport, core: number): CpuCost | null {
  const ticks = report.lastSendTsc - report.firstSendTsc;
  if (report.received === 0 || ticks <= 0 || readings.length === 0) return null;
  let busy = 0;
  for (const { before, after } of readings) {
    const end = after.get('cycles.busy');
    if (end === undefined) return null;
    busy += Number(end - (before.get('cycles.busy') ?? 0n));
  }
  return {
    cores: [core],
    // Packets still drain after the last was sent.
    busyRatio: Math.min(1, busy / ticks),
    cyclesPerPacket: busy / report.received,
  };
}
