import { cellWords, deploymentWords } from '../model/cell.ts';
import { framesOf } from '../model/frames.ts';
import type { Estimate } from '../measure/estimate.ts';
import { pageSizeWords } from '../model/page-size.ts';
import type { Cell, CellResult, GoalFigures, Run } from '../model/run.ts';
import { figureText } from '../report/figures.ts';
import type { Plan } from '../profile/plan.ts';
import { timeSentence, trustSentence } from '../report/trust.ts';

/** What a run found, a line a cell. */
export function resultsTable(run: Run): string {
  const hasFigures = run.results.some((result) => result.figures !== undefined);
  const head = [
    'data plane',
    'chain',
    'frames',
    'Mpps',
    'Gbit/s',
    'p50 us',
    'p99 us',
    ...(hasFigures ? ['figure'] : []),
    'provenance',
    'verdict, and what it rests on',
  ];
  const ceiling =
    run.generator === null
      ? ''
      : `\nGenerator alone: ${mega(run.generator.ceilingPps)} Mpps at 64 B. Latency is at half of the throughput.`;
  const meanings = [
    [
      'measured-virtual',
      'real packets over a virtual wire; it shows what the software costs, nothing of a NIC, PCIe or interrupts',
    ],
    [
      'emulated',
      'a NIC, or the processor of a virtual machine, is software; no figure, and no ratio with one, is that of the real thing (docs/METHODS.md)',
    ],
  ].filter(([name]) => run.results.some(({ provenance }) => provenance === name));
  const wire = meanings.map(([name, meaning]) => `\n${name}: ${meaning}.`).join('');
  const took = timeSentence(run);
  const time = took === '' ? '' : `\nIt took ${took}.`;
  const clock = (run.clock?.faults ?? []).map((fault) => `\n${fault}`).join('');
  const cells = table(
    head,
    run.results.map((result) => resultLine(result, chainOf(result, run.results), hasFigures)),
  );
  return `${cells}${goals(run.results)}${ceiling}${wire}${time}${clock}${reasons(run.results)}`;
}

/** What a plan would measure, a line a cell, and how long it would take. */
export function planTable(plan: Plan, estimate: Estimate, awayRatio: number | null): string {
  const { profile } = plan;
  const head = ['cell', 'data plane', 'isolation', 'chain', 'frames', 'method', 'latency at'];
  const loads = profile.latency?.loadsPercent.map((load) => `${load} %`).join(', ') ?? '';
  const rows = plan.cells.map((cell) => [
    String(cell.index + 1),
    planeOf(cell),
    cell.isolation,
    cell.nfs.join(' > ') || '-',
    framesOf(cell).short,
    cell.method,
    cell.measureLatency ? loads : '-',
  ]);
  const rate = profile.lineRateBps === 0 ? 'unpaced' : `${profile.lineRateBps / 1e9} Gbit/s`;
  const { trialDurationMs, resolutionRatio } = profile.method;
  const machine =
    awayRatio === null
      ? ' on a machine whose cores are away 5 % of the time'
      : `, with cores away ${Math.round(awayRatio * 100)} % of the time as they are now`;
  return `${profile.name}: ${plan.cells.length} cells, wire ${rate}, ${profile.flows} flows, trials of ${trialDurationMs} ms to ${resolutionRatio * 100} %\n\n${table(head, rows)}\n\nIt will take about ${minutes(estimate.totalMs)}${machine}.`;
}

/** How long it is, and which one where there are others of that length. */
function chainOf({ cell: own }: CellResult, all: readonly CellResult[]): string {
  const { nfs } = own;
  if (nfs.length === 0) return '-';
  const way = deploymentWords(own);
  const isOnly = all.every(({ cell }) => cell.nfs.length !== nfs.length || cell.nfs.join() === nfs.join());
  return `${isOnly ? String(nfs.length) : nfs.join(' > ')}${way === null ? '' : ` ${way}`}`;
}

/** With its pages, where they are not the usual ones. */
function planeOf({ dataplane, hugePageSizeBytes: pages }: Cell): string {
  return pages === undefined ? dataplane : `${dataplane}, pages of ${pageSizeWords(pages)}`;
}

function resultLine(result: CellResult, chain: string, hasFigures: boolean): string[] {
  const { cell, throughput, figures, latencyNs, provenance } = result;
  const half = latencyNs['50'];
  return [
    planeOf(cell),
    chain,
    framesOf(cell).short,
    throughput === null ? '-' : mega(throughput.pps),
    throughput === null ? '-' : throughput.gbps.toFixed(2),
    half === undefined ? '-' : (half.p50 / 1000).toFixed(1),
    half === undefined ? '-' : (half.p99 / 1000).toFixed(1),
    ...(hasFigures ? [figures === undefined ? '-' : figureText(figures)] : []),
    provenance,
    trustSentence(result),
  ];
}

/** Where a search had several goals: what was found for each. The table has the strictest one. */
function goals(results: readonly CellResult[]): string {
  const several = results.filter((result) => (result.goals?.length ?? 0) > 1);
  return several
    .map((result) => `\n${cellWords(result.cell)}: ${result.goals?.map(goalText).join('; ')}.`)
    .join('');
}

function goalText({
  goal,
  relevantLowerPps,
  relevantUpperPps,
  isRegular,
  conditionalThroughputPps,
}: GoalFigures) {
  const loss = `${Number((goal.lossRatio * 100).toPrecision(6))} % loss`;
  if (relevantLowerPps === null) return `${loss} at no load`;
  const upper = relevantUpperPps === null ? 'no upper bound' : `not ${mega(relevantUpperPps)}`;
  const forwarded = conditionalThroughputPps === null ? '' : `, forwards ${mega(conditionalThroughputPps)}`;
  return `${loss} at ${mega(relevantLowerPps)} Mpps, ${upper}${forwarded}${isRegular ? '' : ' (irregular)'}`;
}

function reasons(results: readonly CellResult[]): string {
  return results
    .filter((result) => result.reason !== null)
    .map((result) => `\n${cellWords(result.cell)}: ${result.reason}`)
    .join('');
}

/** Text in columns; those of numbers are right-aligned. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
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

/** `4 min 10 s`, to ten seconds: nobody knows it better. */
function minutes(ms: number): string {
  const seconds = Math.max(10, Math.round(ms / 10_000) * 10);
  if (seconds < 60) return `${seconds} s`;
  const [hours, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours} h ${rest} min` : `${rest} min${seconds % 60 > 0 ? ` ${seconds % 60} s` : ''}`;
}

function mega(pps: number): string {
  return (pps / 1e6).toFixed(2);
}
