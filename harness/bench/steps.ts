import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { exitCode, UserError } from '../model/errors.ts';
import { native, onTestbed, readCores, readWhole, store, type Cores } from './on-testbed.ts';
import { runMain } from './run-main.ts';

/**
 * What the steps of a packet's way cost, over several runs of `bench-steps` and `bench-port`, beside what they are to cost. Needs root, as a run does.
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

/** A target that no step can show: it is of rates, through a whole data plane and a wire. */
interface MeasuredElsewhere {
  readonly what: string;
  readonly target: string;
  readonly command: string;
}

const elsewhere: readonly MeasuredElsewhere[] = [
  {
    what: "the flow table's share of a chain's throughput",
    target: 'at most 20 %',
    command: './netvm run profiles/flow-table.yaml',
  },
  {
    what: 'rate of 7 NFs inline beside 2',
    target: 'at least 90 %',
    command: './netvm run profiles/inline.yaml',
  },
  {
    what: '64 B without loss through 1 isolated NF, and through 5',
    target: '14.88 Mpps, and 10 Mpps',
    command: './netvm run profiles/forward-chains.yaml',
  },
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
  readonly cores: Cores;
  readonly steps: readonly StepFigure[];
  readonly targets: readonly StepTarget[];
  readonly elsewhere: readonly MeasuredElsewhere[];
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

const timeoutMs = 120_000;

/** Both programs, several times. What is of DPDK's port needs the testbed's huge pages; the rest needs its quiet. */
export async function benchSteps(runs: number, cores: Cores, smoke = false): Promise<StepsBench> {
  const all = await onTestbed('bench-steps', cores, async ({ runDir, hugeDir }, signal) => {
    const done: StepsRun[] = [];
    const shared = ['--cores', cores.join(','), '--json', ...(smoke ? ['--smoke'] : [])];
    const port = ['--region', join(hugeDir, 'region'), '--wire', join(runDir, 'wire.sock')];
    for (let i = 0; i < runs; i++) {
      const inMemory = await runProgram('bench-steps', shared, signal);
      const onPort = await runProgram('bench-port', [...port, ...shared], signal);
      done.push({ ...inMemory, steps: [...inMemory.steps, ...onPort.steps] });
    }
    return done;
  });
  const [first] = all;
  if (first === undefined) throw new RangeError('expected at least one run');
  const { cpuModel, date, tscGhz } = first;
  const steps = figuresOf(all);
  return { cpuModel, date, tscGhz, runs, cores, steps, targets: targetsOf(steps), elsewhere };
}

async function runProgram(name: string, args: readonly string[], signal: AbortSignal): Promise<StepsRun> {
  const file = join(native, '..', 'bench', name);
  const options = { signal, timeout: timeoutMs, maxBuffer: 2 ** 20 };
  const { stdout } = await promisify(execFile)(file, args, options).catch((error: unknown) => {
    throw whyItFailed(name, error);
  });
  return runSchema.parse(JSON.parse(stdout));
}

/** What the program said, with its own exit code; anything else as it is. */
function whyItFailed(name: string, error: unknown): unknown {
  const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: unknown };
  if (typeof code !== 'number' || typeof stderr !== 'string') return error;
  const isUnable = code === exitCode.testbedUnable;
  return new UserError(isUnable ? code : exitCode.measurementFailed, stderr.trim() || `${name} failed`);
}

export function inWords(bench: StepsBench): string {
  const { cpuModel, date, tscGhz, runs, cores, steps, targets } = bench;
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
    ...bench.elsewhere.map(
      ({ what, target, command }) => `${what} (target ${target}): a rate, which no step shows: ${command}`,
    ),
  ].join('\n');
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
  const result = await benchSteps(
    readWhole('--runs', values.runs, 100),
    readCores(values.cores),
    values.smoke,
  );
  const file = await store(result, 'steps', values.out);
  process.stdout.write(`${inWords(result)}\nstored in ${file}\n`);
}

if (import.meta.main) await runMain('steps', main);
