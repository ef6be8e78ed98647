import type { CellResult, Run } from '../model/run.ts';
import { figureText } from '../report/figures.ts';
import type { Plan } from '../profile/plan.ts';

/** What a run found, a line a cell. */
export function resultsTable(run: Run): string {
  const hasFigures = run.results.some((result) => result.figures !== undefined);
  const head = [
    'data plane',
    'chain',
    'frame B',
    'Mpps',
    'Gbit/s',
    'p50 us',
    'p99 us',
    ...(hasFigures ? ['figure'] : []),
    'verdict',
    'provenance',
  ];
  const ceiling =
    run.generator === null
      ? ''
      : `\nGenerator alone: ${mega(run.generator.ceilingPps)} Mpps at 64 B. Latency is at half of the throughput.`;
  const wire = run.results.some((result) => result.provenance === 'measured-virtual')
    ? '\nmeasured-virtual: real packets over a virtual wire; it shows what the software costs, nothing of a NIC, PCIe or interrupts.'
    : '';
  return `${table(
    head,
    run.results.map((result) => resultLine(result, hasFigures)),
  )}${ceiling}${wire}${reasons(run.results)}`;
}

/** What a plan would measure, a line a cell. */
export function planTable(plan: Plan): string {
  const { profile } = plan;
  const head = ['cell', 'data plane', 'isolation', 'chain', 'frame B', 'method', 'latency at'];
  const loads = profile.latency?.loadsPercent.map((load) => `${load} %`).join(', ') ?? '';
  const rows = plan.cells.map((cell) => [
    String(cell.index + 1),
    cell.dataplane,
    cell.isolation,
    cell.nfs.join(' > ') || '-',
    String(cell.frameSizeBytes),
    cell.method,
    cell.measureLatency ? loads : '-',
  ]);
  const rate = profile.lineRateBps === 0 ? 'unpaced' : `${profile.lineRateBps / 1e9} Gbit/s`;
  const { trialDurationMs, resolutionRatio } = profile.method;
  return `${profile.name}: ${plan.cells.length} cells, wire ${rate}, ${profile.flows} flows, trials of ${trialDurationMs} ms to ${resolutionRatio * 100} %\n\n${table(head, rows)}`;
}

function resultLine(result: CellResult, hasFigures: boolean): string[] {
  const { cell, throughput, figures, latencyNs, verdict, provenance } = result;
  const half = latencyNs['50'];
  return [
    cell.dataplane,
    cell.nfs.length === 0 ? '-' : String(cell.nfs.length),
    String(cell.frameSizeBytes),
    throughput === null ? '-' : mega(throughput.pps),
    throughput === null ? '-' : throughput.gbps.toFixed(2),
    half === undefined ? '-' : (half.p50 / 1000).toFixed(1),
    half === undefined ? '-' : (half.p99 / 1000).toFixed(1),
    ...(hasFigures ? [figures === undefined ? '-' : figureText(figures)] : []),
    verdict,
    provenance,
  ];
}

function reasons(results: readonly CellResult[]): string {
  return results
    .filter((result) => result.reason !== null)
    .map(
      ({ cell, reason }) =>
        `\n${cell.dataplane}, ${cell.nfs.length} NFs, ${cell.frameSizeBytes} B: ${reason}`,
    )
    .join('');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const isNumber = head.map(
    (_, i) => rows.length > 0 && rows.every((row) => /^([\d.]+|-)$/.test(row[i] ?? '')),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function mega(pps: number): string {
  return (pps / 1e6).toFixed(2);
}
