import { parseArgs } from 'node:util';
import { compare } from '../regress/compare/compare.ts';
import type { Compared } from '../regress/compare/compare.ts';
import type { RunData } from '../regress/repeats.ts';
import { machineKinds } from './confirm-machine.ts';
import type { MachineKind } from './confirm-machine.ts';
import { simulatedSide } from './compare-runs.ts';
import { runMain } from './run-main.ts';

/**
 * How often `./netvm compare` calls runs different that are not, and whether its intervals hold the truth as often as they say: runs of simulated machines, so that the truth is known.
 *
 *     node harness/bench/compare.ts [--comparisons 1000] [--json]
 *
 * The same number gives the same figures on every machine. Not a goal: to say how noisy real machines are.
 */
export interface CompareRow {
  readonly kind: MachineKind;
  readonly runs: number;
  readonly cells: number;
  /** What was done to the first cell of B, as a share. */
  readonly change: number;
  readonly comparisons: number;
  /** Shares of the comparisons, 0 to 1: that call a figure different which is not, or all together where nothing is. */
  readonly falselyDifferent: number;
  /** The same, suspected and no more. */
  readonly falselySuspected: number;
  /** That call the changed cell different, or suspect it. */
  readonly found: number;
  /** Of all intervals, those that hold the true ratio, and those of all cells together. */
  readonly coverage: number;
  readonly overallCoverage: number;
  /** Of the changed cell, median: the smallest change that it would have shown, as a share. */
  readonly showable: number;
}

const plans = [
  { runs: 1, cells: 14 },
  { runs: 1, cells: 5 },
  { runs: 3, cells: 4 },
  { runs: 5, cells: 4 },
  { runs: 10, cells: 4 },
] as const;
const changes = [0, -0.1, -0.3] as const;

export function benchCompare(comparisons: number): CompareRow[] {
  return machineKinds.flatMap((kind) =>
    plans.flatMap((plan) => changes.map((change) => row(kind, plan, change, comparisons))),
  );
}

function row(
  kind: MachineKind,
  { runs, cells }: { readonly runs: number; readonly cells: number },
  change: number,
  comparisons: number,
): CompareRow {
  let [falsely, suspected, found, held, wholeHeld, wholes] = [0, 0, 0, 0, 0, 0];
  const showable: number[] = [];
  for (let seed = 0; seed < comparisons; seed++) {
    const { a, b } = simulatedSide(kind, seed, { runs, cells, change });
    const { figures, overall } = compared(a, b);
    const truth = (i: number) => (i === 0 ? 1 + change : 1);
    const isSaid = (said: string) =>
      figures.some(({ verdict }, i) => verdict === said && truth(i) === 1) ||
      (change === 0 && overall.some(({ verdict }) => verdict === said));
    if (isSaid('different')) falsely++;
    if (isSaid('suspected')) suspected++;
    if (figures[0]?.verdict === 'different' || figures[0]?.verdict === 'suspected') found++;
    held += figures.filter(({ interval }, i) => holds(interval, truth(i))).length;
    for (const { interval } of overall) {
      wholes++;
      if (holds(interval, (1 + change) ** (1 / cells))) wholeHeld++;
    }
    showable.push(-(figures[0]?.showable?.down ?? -1));
  }
  return {
    kind,
    runs,
    cells,
    change,
    comparisons,
    falselyDifferent: falsely / comparisons,
    falselySuspected: suspected / comparisons,
    found: found / comparisons,
    coverage: held / (comparisons * cells),
    overallCoverage: wholeHeld / Math.max(1, wholes),
    showable: showable.sort((one, other) => one - other)[showable.length >> 1] ?? Number.NaN,
  };
}

function compared(a: readonly RunData[], b: readonly RunData[]): Compared {
  return compare(a, b);
}

function holds(interval: Compared['figures'][number]['interval'], truth: number): boolean {
  return interval === null || (interval.low <= truth && (interval.high ?? Infinity) >= truth);
}

function inWords(rows: readonly CompareRow[]): string {
  const head = [
    'machine',
    'runs',
    'cells',
    'change %',
    'falsely %',
    'suspected %',
    'found %',
    'held %',
    'all held %',
    'showable %',
  ];
  const percent = (value: number, digits = 1) => (value * 100).toFixed(digits);
  const lines = rows.map((one) => [
    one.kind,
    `${one.runs} + ${one.runs}`,
    String(one.cells),
    percent(one.change, 0),
    percent(one.falselyDifferent),
    percent(one.falselySuspected),
    percent(one.found),
    percent(one.coverage),
    percent(one.overallCoverage),
    percent(one.showable),
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => (line[i] ?? '').length)));
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  const worst = Math.max(...rows.map((one) => one.falselyDifferent));
  const table = [head, ...lines].map((line) => line.map(pad).join('  ')).join('\n');
  return `${table}\n\nfalsely different: ${percent(worst)} % of the comparisons at worst; at most 5 % are promised`;
}

function main(): void {
  const { values } = parseArgs({
    options: { comparisons: { type: 'string', default: '1000' }, json: { type: 'boolean', default: false } },
  });
  const comparisons = Number(values.comparisons);
  if (!Number.isInteger(comparisons) || comparisons < 1 || comparisons > 100_000) {
    process.stderr.write(
      `compare: --comparisons: expected a whole number from 1 to 100000, got ${values.comparisons}\n`,
    );
    process.exitCode = 2;
  } else {
    const rows = benchCompare(comparisons);
    process.stdout.write(`${values.json ? JSON.stringify(rows, null, 2) : inWords(rows)}\n`);
  }
}

if (import.meta.main) await runMain('compare', main);
