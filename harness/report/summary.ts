import { framesOf } from '../model/frames.ts';
import type { CellResult, Run } from '../model/run.ts';
import { dataplaneLabel, duration, gbps, mpps } from './format.ts';
import { plain } from './markup.ts';

/** The short table for a terminal: one line a cell, without a trailing line feed. */
export function summaryTable(run: Run): string {
  if (run.results.length === 0) return 'No cell was measured.';
  const lines = [titles, ...run.results.map(cells)];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((text, column) => pad(text, widths[column] ?? 0, column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const titles = [
  'data plane',
  'NFs',
  'frames',
  'Mpps',
  'Gbit/s',
  'p50 at 50 %',
  'p99 at 50 %',
  'verdict',
  'provenance',
];
const numbers = new Set([1, 2, 3, 4, 5, 6]);

function cells({ cell, throughput, latencyNs, verdict, provenance }: CellResult): string[] {
  const latency = latencyNs['50'];
  return [
    dataplaneLabel(cell.dataplane),
    String(cell.nfs.length),
    framesOf(cell).short,
    throughput === null ? '-' : mpps(throughput.pps),
    throughput === null ? '-' : gbps(throughput.gbps),
    latency === undefined ? '-' : duration(latency.p50),
    latency === undefined ? '-' : duration(latency.p99),
    verdict,
    provenance,
  ].map(plain);
}

function pad(text: string, width: number, column: number): string {
  return numbers.has(column) ? text.padStart(width) : text.padEnd(width);
}
