import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';

/**
 * What the steps of a packet's way cost, over several runs of `bench-steps`, beside what they are to cost.
 *
 *     node harness/bench/steps.ts [--cores 0,1] [--runs 5] [--smoke] [--out FILE]
 *
 * A run's figure is the median of its repeats; what is shown is the median of the runs, lowest and highest. A step that is to be there and
 * is not is said to be missing. Results are stored as JSON under results/bench/, or where --out says.
 * Not a goal: the throughput of a data plane (`./netvm run`), or anything of a cold cache.
 */
const runSchema = z.object({
  cpuModel: z.string(),
  date: z.string(),
  tscGhz: z.number().positive(),
  steps: z.array(z.object({ step: z.string(), ns: z.number().nonnegative() })).min(1),
});
type StepsRun = z.output<typeof runSchema>;

/** A step that is to be there: what its name begins with, and how long it may take. */
interface Wanted {
  readonly what: string;
  readonly name: RegExp;
  readonly mostNs: number | null;
}

/** A process hop takes two processes: a ring's push and pop in one thread (`ring hop`) are a part of it, and do not stand for it. */
const wanted: readonly Wanted[] = [
  { what: 'receive', name: /^receive\b/, mostNs: null },
  { what: 'classify, 1 M flows', name: /^classify\b.*1 M flows/, mostNs: 30 },
  { what: 'hand over', name: /^hand over\b/, mostNs: null },
  { what: 'one process hop', name: /^process hop\b/, mostNs: 20 },
  { what: 'NF', name: /^forward$/, mostNs: null },
  { what: 'hand back', name: /^hand back\b/, mostNs: null },
  { what: 'transmit', name: /^transmit\b/, mostNs: null },
  { what: 'cross-domain copy, 64 B', name: /^cross-domain copy, 64 B$/, mostNs: 40 },
];

export interface StepFigure {
  readonly step: string;
  readonly medianNs: number;
  readonly lowestNs: number;
  readonly highestNs: number;
}

export interface StepTarget {
  readonly what: string;
  readonly mostNs: number | null;
  /** Null where no step has such a name. */
  readonly step: string | null;
  readonly medianNs: number | null;
  readonly verdict: 'met' | 'missed' | 'no target' | 'missing';
}

export interface StepsBench extends Pick<StepsRun, 'cpuModel' | 'date' | 'tscGhz'> {
  readonly runs: number;
  readonly cores: readonly [number, number];
  readonly steps: readonly StepFigure[];
  readonly targets: readonly StepTarget[];
}

export function figuresOf(runs: readonly StepsRun[]): StepFigure[] {
  const names = [...new Set(runs.flatMap(({ steps }) => steps.map(({ step }) => step)))];
  return names.map((name) => {
    const ns = runs.flatMap(({ steps }) => steps.filter(({ step }) => step === name).map((step) => step.ns));
    ns.sort((a, b) => a - b);
    const [low = 0, high = 0] = [ns[(ns.length - 1) >> 1], ns[ns.length >> 1]];
    return { step: name, medianNs: (low + high) / 2, lowestNs: ns[0] ?? 0, highestNs: ns.at(-1) ?? 0 };
  });
}

/** Each step that is to be there, judged by its median. */
export function targetsOf(figures: readonly StepFigure[]): StepTarget[] {
  return wanted.map(({ what, name, mostNs }) => {
    const found = figures.find(({ step }) => name.test(step));
    if (found === undefined) return { what, mostNs, step: null, medianNs: null, verdict: 'missing' };
    const { step, medianNs } = found;
    const verdict = mostNs === null ? 'no target' : medianNs <= mostNs ? 'met' : 'missed';
    return { what, mostNs, step, medianNs, verdict };
  });
}

const root = resolve(import.meta.dirname, '../..');
const timeoutMs = 120_000;

export async function benchSteps(
  runs: number,
  cores: readonly [number, number],
  smoke = false,
): Promise<StepsBench> {
  const args = ['--cores', cores.join(','), '--json', ...(smoke ? ['--smoke'] : [])];
  const file = join(root, 'native/build/bench/bench-steps');
  const all: StepsRun[] = [];
  for (let i = 0; i < runs; i++) {
    const { stdout } = await promisify(execFile)(file, args, { timeout: timeoutMs, maxBuffer: 2 ** 20 });
    all.push(runSchema.parse(JSON.parse(stdout)));
  }
  const [first] = all;
  if (first === undefined) throw new RangeError('expected at least one run');
  const { cpuModel, date, tscGhz } = first;
  const steps = figuresOf(all);
  return { cpuModel, date, tscGhz, runs, cores, steps, targets: targetsOf(steps) };
}

export function inWords({ cpuModel, date, tscGhz, runs, cores, steps, targets }: StepsBench): string {
  const width = Math.max(...steps.map(({ step }) => step.length));
  const ns = (value: number) => value.toFixed(1).padStart(9);
  return [
    `${cpuModel}, TSC ${tscGhz} GHz, cores ${cores.join(' and ')}, ${date}: ns a packet, median of ${runs} runs, lowest and highest`,
    ...steps.map(
      ({ step, medianNs, lowestNs, highestNs }) =>
        `${step.padEnd(width)} ${ns(medianNs)} ${ns(lowestNs)} ${ns(highestNs)}`,
    ),
    '',
    ...targets.map(({ what, mostNs, step, medianNs, verdict }) => {
      const target = mostNs === null ? '' : ` (target ${mostNs} ns)`;
      if (step === null || medianNs === null) return `${what}${target}: missing, no step has such a name`;
      return `${what}${target}: ${medianNs.toFixed(1)} ns${mostNs === null ? '' : `, ${verdict}`} (${step})`;
    }),
  ].join('\n');
}

function readCores(text: string): readonly [number, number] | null {
  const [, a, b] = /^(\d{1,4}),(\d{1,4})$/.exec(text) ?? [];
  return a === undefined || b === undefined ? null : [Number(a), Number(b)];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cores: { type: 'string', default: '0,1' },
      runs: { type: 'string', default: '5' },
      smoke: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const [runs, cores] = [Number(values.runs), readCores(values.cores)];
  const problem =
    cores === null
      ? `--cores: expected two cores, for example 0,1, got ${values.cores}`
      : Number.isInteger(runs) && runs >= 1 && runs <= 100
        ? null
        : `--runs: expected a whole number from 1 to 100, got ${values.runs}`;
  if (cores === null || problem !== null) {
    process.stderr.write(`steps: ${problem}\n`);
    process.exitCode = 2;
    return;
  }
  const result = await benchSteps(runs, cores, values.smoke);
  const name = `steps-${result.date.replaceAll(':', '-')}.json`;
  const out = resolve(values.out ?? join(root, 'results/bench', name));
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${inWords(result)}\nstored in ${out}\n`);
}

if (import.meta.main) await main();
