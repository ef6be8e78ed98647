import type { Bench } from './bench.ts';
import { drainMsOf, trafficOf, type CellContext } from './context.ts';
import { runTrial } from './trial.ts';

const checkPps = 10_000;
const checkMs = 50;
const triesMax = 3;

/**
 * Sends a few packets around before anything is measured; throws where none comes back. Also warms what is cold. A generator
 * that offers no rate sends more than a few.
 */
export async function checkForwards(bench: Bench, { profile, signal }: CellContext): Promise<void> {
  const paced = bench.generator.can.includes('rate');
  const request = {
    frameSizeBytes: bench.cell.frameSizeBytes,
    ...trafficOf(bench.cell, profile),
    pps: paced ? checkPps : 0,
    durationMs: checkMs,
    flows: profile.flows,
    stampEvery: 64,
    lineRateBps: paced ? 10e9 : 0,
    drainMs: drainMsOf(profile),
  };
  let last = '';
  for (let i = 0; i < triesMax; i++) {
    const { record, sent, lost, reason } = await runTrial(bench, request, 'search', signal);
    if (sent > 0 && lost < sent) return;
    const drops = Object.entries(record.books.drops).map(([place, count]) => `${count} at ${place}`);
    last = reason ?? (drops.length > 0 ? `lost: ${drops.join(', ')}` : '');
  }
  throw new Error(
    `The data plane is up, but of what was sent for ${checkMs} ms none came back. ${last}`.trim(),
  );
}
