import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { withBench } from '../measure/bench.ts';
import type { Cell } from '../model/run.ts';
import type { Program } from '../native/program.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { readProcessStat } from '../native/process-stat.ts';
import type { Generator } from '../traffic/generator.ts';
import { native, onTestbed, readCores, readWhole, store, type Cores } from './on-testbed.ts';
import { runMain } from './run-main.ts';

/**
 * What adaptive NFs take of a core while nothing comes, and while a trickle does.
 *
 *     node harness/bench/idle.ts [--nfs 1,5] [--cores 0,1] [--seconds 4] [--out FILE]
 *
 * CPU time of each NF and of netvmd from /proc, which counts in steps of 10 ms, over the seconds that passed. NFs are on netvmd's core, and then on the other one, where
 * on a machine of two cores the generator is, too. netvmd itself always polls its port: it is shown, and has no goal. Results are stored as JSON under results/bench/.
 * Not a goal: what an NF costs under load (`./netvm run`).
 */
const goalPercent = 5;
const tricklePps = 1_000;

/** CPU time of a process, as a share of the time that passed. */
export interface CpuShare {
  readonly name: string;
  readonly percent: number;
}

export interface IdleRow {
  readonly nfs: number;
  readonly nfCore: number;
  readonly load: 'idle' | 'trickle';
  /** Packets that the chain passed on a second. */
  readonly pps: number;
  readonly netvmdPercent: number;
  readonly shares: readonly CpuShare[];
  readonly verdict: 'met' | 'missed' | 'no goal';
}

export interface IdleBench {
  readonly cpuModel: string;
  readonly date: string;
  readonly cores: Cores;
  readonly seconds: number;
  readonly goalPercent: number;
  readonly rows: readonly IdleRow[];
}

/** The goal is for NFs that have nothing to do, each by itself: the one that takes most is the one that counts. */
export function verdictOf(load: IdleRow['load'], shares: readonly CpuShare[]): IdleRow['verdict'] {
  if (load !== 'idle') return 'no goal';
  return shares.every(({ percent }) => percent < goalPercent) ? 'met' : 'missed';
}

export async function benchIdle(
  counts: readonly number[],
  cores: Cores,
  seconds: number,
): Promise<IdleBench> {
  return onTestbed('bench-idle', cores, async (env, signal) => {
    const rows: IdleRow[] = [];
    for (const count of counts)
      for (const nfCore of [env.deviceCore, env.generatorCore])
        rows.push(...(await measureChain(count, nfCore, seconds, env, signal)));
    const { cpuModel } = env.facts;
    return { cpuModel, date: new Date().toISOString(), cores, seconds, goalPercent, rows };
  });
}

/** One chain, idle and then with a trickle. */
async function measureChain(
  count: number,
  nfCore: number,
  seconds: number,
  testbed: LocalTestbedEnv,
  signal: AbortSignal,
): Promise<IdleRow[]> {
  const env = nfCore === testbed.deviceCore ? testbed : { ...testbed, nfCores: [nfCore] };
  const name = `idle-${count}-${nfCore}`;
  const nfs = Array.from({ length: count }, () => 'forward');
  const cell: Cell = {
    ...{ dataplane: 'netvm', isolation: 'process', scheduling: 'adaptive', nfs },
    ...{ frameSizeBytes: 64, method: 'mrr' },
  };
  return withBench(cell, { env, native, signal, name }, async ({ dataplane, generator }) => {
    if (dataplane.host === null) throw new Error('netvmd is not there');
    const programs = [dataplane.host, ...dataplane.nfs] as const;
    const idle = await sharesOf(programs, () => sleep(seconds * 1000, undefined, { signal }));
    const trickle = await sharesOf(programs, () => offerTrickle(generator, seconds, signal));
    const row = (load: IdleRow['load'], pps: number, [host, ...shares]: readonly CpuShare[]): IdleRow => ({
      ...{ nfs: count, nfCore, load, pps, netvmdPercent: host?.percent ?? 0, shares },
      verdict: verdictOf(load, shares),
    });
    return [row('idle', 0, idle.shares), row('trickle', trickle.done, trickle.shares)];
  });
}

/** Returns what came back, a second. */
async function offerTrickle(generator: Generator, seconds: number, signal: AbortSignal): Promise<number> {
  const load = { frameSizeBytes: 64, pps: tricklePps, lineRateBps: 10e9, flows: 1, stampEvery: 64 };
  const report = await generator.trial({ ...load, durationMs: seconds * 1000, drainMs: 1 }, signal);
  return Math.round(report.receivedPps);
}

async function sharesOf<T>(
  programs: readonly Program[],
  work: () => Promise<T>,
): Promise<{ readonly done: T; readonly shares: readonly CpuShare[] }> {
  const before = programs.map(cpuNs);
  const startMs = performance.now();
  const done = await work();
  const elapsedNs = (performance.now() - startMs) * 1e6;
  const shares = programs.map((program, i) => ({
    name: program.name,
    percent: (100 * (cpuNs(program) - (before[i] ?? 0))) / elapsedNs,
  }));
  return { done, shares };
}

function cpuNs({ name, child }: Program): number {
  const stat = readProcessStat(child.pid);
  if (stat === null) throw new Error(`${name} is not running any more`);
  return stat.cpuNs;
}

export function inWords({ cpuModel, date, cores, seconds, rows }: IdleBench): string {
  const percent = (value: number) => value.toFixed(1).padStart(6);
  const [, deviceCore] = cores;
  return [
    `${cpuModel}, netvmd on core ${deviceCore}, ${date}: % of a core over ${seconds} s; idle NFs are to take less than ${goalPercent} % each`,
    `${'NFs'.padStart(3)} ${'on core'.padStart(8)} ${'load'.padEnd(9)} ${'netvmd'.padStart(6)}  each NF`,
    ...rows.map(({ nfs, nfCore, load, pps, netvmdPercent, shares, verdict }) => {
      const where = nfCore === deviceCore ? `${nfCore}` : `${nfCore} (other)`;
      const each = shares.map((share) => percent(share.percent)).join('');
      const what = load === 'idle' ? 'idle' : `${pps} pps`;
      return `${String(nfs).padStart(3)} ${where.padStart(8)} ${what.padEnd(9)} ${percent(netvmdPercent)} ${each}   ${verdict}`;
    }),
  ].join('\n');
}

function readCounts(text: string): number[] {
  return text.split(',').map((count) => readWhole('--nfs', count, 32));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      nfs: { type: 'string', default: '1,5' },
      cores: { type: 'string', default: '0,1' },
      seconds: { type: 'string', default: '4' },
      out: { type: 'string' },
    },
  });
  const result = await benchIdle(
    readCounts(values.nfs),
    readCores(values.cores),
    readWhole('--seconds', values.seconds, 600),
  );
  const file = await store(result, 'idle', values.out);
  process.stdout.write(`${inWords(result)}\nstored in ${file}\n`);
}

if (import.meta.main) await runMain('idle', main);
