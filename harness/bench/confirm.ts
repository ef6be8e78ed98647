import { parseArgs } from 'node:util';
import { confirm, falseConfirmationsMax } from '../regress/confirm.ts';
import type { ConfirmRule, Pair } from '../regress/confirm.ts';
import { sidesOf } from '../regress/sides.ts';
import { machineKinds, machineOf } from './confirm-machine.ts';
import type { MachineKind } from './confirm-machine.ts';
import { runMain } from './run-main.ts';

/**
 * How often reruns confirm what is not there, and find what is: gates of four cells on simulated machines, so that the truth is known.
 *
 *     node harness/bench/confirm.ts [--gates 1000] [--json]
 *
 * The same number gives the same figures on every machine. Not a goal: to say how noisy real machines are.
 */
export interface ConfirmRow {
  readonly kind: MachineKind;
  readonly floor: number;
  readonly roundsMax: number;
  /** What was done to one of the cells, as a share; the others did not change. */
  readonly change: number;
  readonly gates: number;
  /** Shares of the gates, 0 to 1: what became of that cell. */
  readonly confirmed: number;
  readonly refuted: number;
  /** Share of the gates that confirm something that is not beyond the floor. */
  readonly falselyRed: number;
  /** Of that cell, mean. */
  readonly rounds: number;
}

const cells = 4;
const floors = [0.01, 0.05] as const;
const roundsMaxes = [12, 20, 32] as const;
const changes = [0, -0.03, -0.05, -0.1, -0.2] as const;

export function benchConfirm(gates: number): ConfirmRow[] {
  return machineKinds.flatMap((kind) =>
    floors.flatMap((floor) =>
      roundsMaxes.flatMap((roundsMax) => changes.map((change) => row(kind, floor, roundsMax, change, gates))),
    ),
  );
}

function row(kind: MachineKind, floor: number, roundsMax: number, change: number, gates: number): ConfirmRow {
  const rule = {
    better: 'higher',
    kind: 'regression',
    floor,
    roundsMax,
    alpha: falseConfirmationsMax / cells,
  } as const;
  let [confirmed, refuted, falselyRed, rounds] = [0, 0, 0, 0];
  for (let seed = 0; seed < gates; seed++) {
    const outcomes = gate(kind, seed, change, rule);
    const [changed] = outcomes;
    if (changed?.confirmation.outcome === 'confirmed') confirmed++;
    if (changed?.confirmation.outcome === 'refuted') refuted++;
    rounds += changed?.rounds ?? 0;
    // A change of just the floor is not beyond it.
    const still = -change > floor ? outcomes.slice(1) : outcomes;
    if (still.some(({ confirmation }) => confirmation.outcome === 'confirmed')) falselyRed++;
  }
  const share = (count: number) => count / gates;
  return {
    kind,
    floor,
    roundsMax,
    change,
    gates,
    confirmed: share(confirmed),
    refuted: share(refuted),
    falselyRed: share(falselyRed),
    rounds: rounds / gates,
  };
}

/** What becomes of each cell; the first one has changed. */
function gate(kind: MachineKind, seed: number, change: number, rule: ConfirmRule) {
  const machine = machineOf(kind, seed);
  const pairs = Array.from({ length: cells }, (): Pair[] => []);
  for (let round = 0; round < rule.roundsMax; round++) {
    const found = { before: [] as number[], after: [] as number[] };
    for (const side of sidesOf(round)) {
      found[side] = pairs.map((_, i) => machine.measure(side === 'after' && i === 0 ? 1 + change : 1));
      machine.pass();
    }
    pairs.forEach((list, i) =>
      list.push({ before: found.before[i] as number, after: found.after[i] as number }),
    );
  }
  return pairs.map((list) => confirm(list, rule));
}

function inWords(rows: readonly ConfirmRow[]): string {
  const head = [
    'machine',
    'floor %',
    'rounds',
    'change %',
    'confirmed %',
    'refuted %',
    'falsely red %',
    'rounds used',
  ];
  const percent = (value: number, digits = 1) => (value * 100).toFixed(digits);
  const lines = rows.map((one) => [
    one.kind,
    percent(one.floor, 0),
    String(one.roundsMax),
    percent(one.change, 0),
    percent(one.confirmed),
    percent(one.refuted),
    percent(one.falselyRed, 2),
    one.rounds.toFixed(1),
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => (line[i] ?? '').length)));
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  const worst = Math.max(...rows.map((one) => one.falselyRed));
  const table = [head, ...lines].map((line) => line.map(pad).join('  ')).join('\n');
  return `${table}\n\nfalsely red: ${percent(worst, 2)} % of the gates at worst; at most ${percent(falseConfirmationsMax)} % are promised`;
}

function main(): void {
  const { values } = parseArgs({
    options: { gates: { type: 'string', default: '1000' }, json: { type: 'boolean', default: false } },
  });
  const gates = Number(values.gates);
  if (!Number.isInteger(gates) || gates < 1 || gates > 100_000) {
    process.stderr.write(`confirm: --gates: expected a whole number from 1 to 100000, got ${values.gates}\n`);
    process.exitCode = 2;
  } else {
    const rows = benchConfirm(gates);
    process.stdout.write(`${values.json ? JSON.stringify(rows, null, 2) : inWords(rows)}\n`);
  }
}

if (import.meta.main) await runMain('confirm', main);
