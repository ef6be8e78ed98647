import { parseArgs } from 'node:util';
import { contestants, minChange } from './regress-contestants.ts';
import type { Contestant } from './regress-contestants.ts';
import { isFoundWithin, scoreOnline, scoreWhole } from './regress-scoreboard.ts';
import { seriesKinds, simulate } from './regress-simulator.ts';
import type { SeriesKind, SimulatedSeries } from './regress-simulator.ts';
import { runMain } from './run-main.ts';

/**
 * How well changes are found: simulated series of every kind, so that the truth is known, against the ensemble and each of its methods alone.
 *
 *     node harness/bench/regress.ts [--series 40] [--json]
 *
 * Series have 120 runs, noise of 1 %, steps of 2 to 20 % after 40 runs or later. The same number gives the same scores, on every machine; only `speed` is measured.
 * Not a goal: to say how often real testbeds shift, wander or have two modes. Here every kind comes equally often.
 */
export interface RegressBench {
  readonly contestants: readonly ContestantRow[];
  /** Of the ensemble. */
  readonly kinds: readonly KindRow[];
  readonly reach: Reach;
  readonly speed: {
    readonly series: number;
    readonly runs: number;
    readonly seconds: number;
    /** Of a core: others may use the machine too. */
    readonly cpuSeconds: number;
    readonly changes: number;
  };
}

export interface ContestantRow {
  readonly name: string;
  /** Of whole series, 0 to 1. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Of all true changes, when they had lasted five runs, 0 to 1. */
  readonly foundWithin5: number;
  readonly delayRunsMedian: number;
  readonly delayRunsP95: number;
  readonly falseAlarmsPer1000: number;
}

export interface KindRow {
  readonly kind: SeriesKind;
  readonly truths: number;
  readonly found: number;
  readonly foundWithin5: number;
  readonly falseAlarms: number;
  readonly falseAlarmsPer1000: number;
}

/** Of the ensemble: steps of 3 % at 1 % noise, and series without any change. */
export interface Reach {
  readonly steps: number;
  readonly foundWithin5: number;
  readonly quietRuns: number;
  readonly falseAlarmsPer1000: number;
}

const runs = 120;
const yearRuns = 365;
/** What is asked for: a step is to be known after so many runs. */
const deadlineRuns = 5;

/** `count` series of each kind are played run by run, five times as many are looked at whole, and 25 times as many steps of 3 % as they happen. */
export function benchRegress(count: number): RegressBench {
  const [ensemble, ...others] = contestants();
  if (ensemble === undefined) throw new RangeError('expected an ensemble');
  return {
    contestants: [ensemble, ...others].map((one) => contestantRow(one, count)),
    kinds: seriesKinds.map((kind) => kindRow(kind, ensemble, count)),
    reach: reach(ensemble, count),
    speed: speed(ensemble, 25 * count),
  };
}

function contestantRow({ name, detector }: Contestant, count: number): ContestantRow {
  const whole = scoreWhole(
    seriesKinds.flatMap((kind) => many(kind, 5 * count)),
    detector,
  );
  const online = scoreOnline(
    seriesKinds.flatMap((kind) => many(kind, count)),
    detector,
  );
  const [precision, recall] = [whole.found / (whole.found + whole.wrong), whole.found / whole.truths];
  const delays = online.delaysRuns.toSorted((a, b) => a - b);
  const rank = (share: number) => delays[Math.ceil(share * delays.length) - 1] ?? Number.NaN;
  return {
    name,
    precision,
    recall,
    f1: (2 * precision * recall) / (precision + recall),
    foundWithin5: delays.filter((delay) => delay <= deadlineRuns).length / online.truths,
    delayRunsMedian: rank(0.5),
    delayRunsP95: rank(0.95),
    falseAlarmsPer1000: (1000 * online.falseAlarms) / online.runs,
  };
}

function kindRow(kind: SeriesKind, { detector }: Contestant, count: number): KindRow {
  const { truths, delaysRuns, falseAlarms, runs: played } = scoreOnline(many(kind, count), detector);
  return {
    kind,
    truths,
    found: delaysRuns.length,
    foundWithin5: delaysRuns.filter((delay) => delay <= deadlineRuns).length,
    falseAlarms,
    falseAlarmsPer1000: (1000 * falseAlarms) / played,
  };
}

function reach({ detector }: Contestant, count: number): Reach {
  const steps = many('step of 3 %', 25 * count);
  const quiet = scoreOnline(many('quiet', 5 * count), detector);
  return {
    steps: steps.length,
    foundWithin5: steps.filter((one) => isFoundWithin(one, detector, deadlineRuns)).length / steps.length,
    quietRuns: quiet.runs,
    falseAlarmsPer1000: (1000 * quiet.falseAlarms) / quiet.runs,
  };
}

function speed({ detector }: Contestant, count: number): RegressBench['speed'] {
  const all = Array.from({ length: count }, (_, i) => kindOf(i, yearRuns).series);
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const changes = all.reduce((sum, series) => sum + detector(series).length, 0);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1000;
  return { series: count, runs: yearRuns, seconds, cpuSeconds: (user + system) / 1e6, changes };
}

function kindOf(i: number, length: number): SimulatedSeries {
  return simulate(seriesKinds[i % seriesKinds.length] as SeriesKind, length, i);
}

function many(kind: SeriesKind, count: number): SimulatedSeries[] {
  const first = 100_000 * (1 + seriesKinds.indexOf(kind));
  return Array.from({ length: count }, (_, i) => simulate(kind, runs, first + i));
}

function inWords({ contestants: rows, kinds, reach: reached, speed: fast }: RegressBench): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)}`;
  const contestantLines = rows.map((row) => [
    row.name,
    row.precision.toFixed(3),
    row.recall.toFixed(3),
    row.f1.toFixed(3),
    percent(row.foundWithin5),
    String(row.delayRunsMedian),
    String(row.delayRunsP95),
    row.falseAlarmsPer1000.toFixed(2),
  ]);
  const kindLines = kinds.map((row) => [
    row.kind,
    String(row.truths),
    String(row.found),
    String(row.foundWithin5),
    row.falseAlarmsPer1000.toFixed(2),
  ]);
  return [
    `All kinds of series, changes of ${100 * minChange} % and more; false alarms a thousand runs`,
    table(['', 'precision', 'recall', 'F1', 'in 5 runs %', 'delay runs', 'p95', 'false'], contestantLines),
    '\nThe ensemble, by kind',
    table(['', 'changes', 'found', 'in 5 runs', 'false'], kindLines),
    `\nsteps of 3 % at 1 % noise: ${percent(reached.foundWithin5)} % of ${reached.steps} found within 5 runs`,
    `no change: ${reached.falseAlarmsPer1000.toFixed(2)} false alarms in 1,000 runs (of ${reached.quietRuns})`,
    `speed: ${fast.series} series of ${fast.runs} runs in ${fast.seconds.toFixed(1)} s, ${fast.cpuSeconds.toFixed(1)} s of a core (${fast.changes} changes)`,
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return [head, ...rows].map(line).join('\n');
}

function main(): void {
  const { values } = parseArgs({
    options: { series: { type: 'string', default: '40' }, json: { type: 'boolean', default: false } },
  });
  const count = Number(values.series);
  if (!Number.isInteger(count) || count < 1 || count > 10_000) {
    process.stderr.write(
      `regress: --series: expected a whole number from 1 to 10000, got ${values.series}\n`,
    );
    process.exitCode = 2;
  } else {
    const result = benchRegress(count);
    process.stdout.write(`${values.json ? JSON.stringify(result, null, 2) : inWords(result)}\n`);
  }
}

if (import.meta.main) await runMain('regress', main);
