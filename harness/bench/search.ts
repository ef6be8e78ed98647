import { parseArgs } from 'node:util';
import type { SearchGoal } from '../model/goal.ts';
import { presetGoals, presetNames, presetOf, type PresetName } from '../profile/presets.ts';
import { mlrsearch } from '../search/mlrsearch.ts';
import { dice, system, systemKinds, wirePps, type System, type SystemKind } from '../search/simulated.ts';
import { bisect } from './bisection.ts';
import { runMain } from './run-main.ts';

/**
 * What a search costs and how near it comes, for each preset and each kind of system under test: simulated ones, so that the
 * truth is known. Beside them the textbook's binary search.
 *
 *     node harness/bench/search.ts [--systems 2000] [--json]
 *
 * Not a goal: how long the harness itself takes; that is nothing beside a trial.
 */
export interface BenchRow {
  readonly search: PresetName | 'bisection';
  readonly kind: SystemKind;
  readonly systems: number;
  readonly trials: Spread;
  /** Simulated time in trials. */
  readonly seconds: Spread;
  /** How far what was found is from the truth, as a share of it, whatever the sign; null where the truth is that nothing passes. */
  readonly errorRatio: Spread | null;
  /** Searches that found nothing where there was something, or the reverse. */
  readonly wrong: number;
}

export interface Spread {
  readonly median: number;
  readonly p95: number;
}

const limits = { minPps: wirePps * 0.001, maxPps: wirePps, maxRepeats: 6 };
/** As the quickstart's trials; CSIT's presets are made for 1 s, of which their cost in trials is no function. */
const trialDurationMs = 250;

/** Searches `systems` systems, shared evenly between the kinds, with each preset and the bisection. */
export async function benchSearch(systems: number): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const search of [...presetNames, 'bisection'] as const) {
    for (const [i, kind] of systemKinds.entries()) {
      const count = Math.floor((systems + systemKinds.length - 1 - i) / systemKinds.length);
      if (count > 0) rows.push(await benchKind(search, kind, count));
    }
  }
  return rows;
}

async function benchKind(search: BenchRow['search'], kind: SystemKind, systems: number): Promise<BenchRow> {
  const trials: number[] = [];
  const seconds: number[] = [];
  const errors: number[] = [];
  let wrong = 0;
  const goal = goalOf(search === 'bisection' ? 'quick' : search);
  const random = dice(20);
  for (let seed = 0; seed < systems; seed++) {
    // Capacities from a hundredth of the wire to a tenth beyond it, as many in each doubling.
    const device = system(kind, wirePps * 1.1 * 110 ** -random(), seed);
    const found = await find(search, device, goal);
    const truth = device.truthPps(goal);
    trials.push(device.trials());
    seconds.push(device.seconds());
    if (found !== null && truth !== null) errors.push(Math.abs(found / truth - 1));
    else if (found !== truth) wrong++;
  }
  const errorRatio = errors.length === 0 ? null : spreadOf(errors);
  return { search, kind, systems, trials: spreadOf(trials), seconds: spreadOf(seconds), errorRatio, wrong };
}

function goalOf(name: PresetName): SearchGoal {
  const { widthRatio } = presetOf(name);
  const [goal] = presetGoals(name, { trialDurationMs, widthRatio, lossRatio: 0 });
  if (!goal) throw new RangeError(`${name}: expected a goal`);
  return goal;
}

async function find(search: BenchRow['search'], { trial }: System, goal: SearchGoal): Promise<number | null> {
  if (search === 'bisection') return bisect(trial, goal, limits);
  return (await mlrsearch(trial, { ...limits, goals: [goal] })).lowerPps;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95) };
}

function tableOf(rows: readonly BenchRow[]): string {
  const head = ['search', 'system', 'systems', 'trials', 'p95', 'seconds', 'p95', 'error %', 'p95', 'wrong'];
  const lines = rows.map((row) => [
    row.search,
    row.kind,
    String(row.systems),
    ...shown(row.trials, 1, 0),
    ...shown(row.seconds, 1, 1),
    ...shown(row.errorRatio, 100, 2),
    String(row.wrong),
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => (line[i] ?? '').length)));
  const pad = (cell: string, i: number) =>
    i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return [head, ...lines].map((line) => line.map(pad).join('  ')).join('\n');
}

function shown(spread: Spread | null, scale: number, digits: number): [string, string] {
  if (spread === null) return ['-', '-'];
  return [(spread.median * scale).toFixed(digits), (spread.p95 * scale).toFixed(digits)];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { systems: { type: 'string', default: '2000' }, json: { type: 'boolean', default: false } },
  });
  const rows = await benchSearch(Number(values.systems));
  process.stdout.write(`${values.json ? JSON.stringify(rows, null, 2) : tableOf(rows)}\n`);
}

if (import.meta.main) await runMain('search', main);
