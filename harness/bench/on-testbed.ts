import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { exitCode, UserError } from '../model/errors.ts';
import { silent } from '../model/progress.ts';
import { writeAtomically } from '../store/atomic.ts';
import { checkHost, requireAll } from '../testbed/checks.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { withLocalTestbed } from '../testbed/local.ts';
import { probeHost } from '../testbed/probe.ts';

/** What benchmarks of the real programs share: the machine's testbed, their options, and how they end. */

export const root = resolve(import.meta.dirname, '../..');
export const native = join(root, 'native/build/bin');

/** The generator's core, or what stands for it, and the device's. */
export type Cores = readonly [number, number];

/** Pages for one netvmd with one queue and one trust domain, and some to spare. */
const pages2M = 128;

/**
 * Provisions the machine as a run does (so none can measure meanwhile) and puts everything back, however `use` ends; SIGINT and SIGTERM abort it. Throws UserError
 * (exit 3) where the machine cannot.
 */
export async function onTestbed<T>(
  runId: string,
  [generatorCore, deviceCore]: Cores,
  use: (env: LocalTestbedEnv, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: string) => controller.abort(new Error(`interrupted by ${name}`));
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, onSignal);
  const loops = {
    generatorCore,
    deviceCore,
    nfCores: [],
    txCores: [generatorCore],
    rxCores: [generatorCore],
  };
  const testbed = { name: 'local', kind: 'local', ...loops, pages2M, generatorFiles: {} } as const;
  const { signal } = controller;
  try {
    const probe = await probeHost(native);
    requireCores([generatorCore, deviceCore], probe.cores);
    requireAll(checkHost(probe, testbed));
    return await withLocalTestbed(testbed, { runId, root, signal, progress: silent }, (env) =>
      use(env, signal),
    );
  } catch (error) {
    if (!signal.aborted || error instanceof UserError) throw error;
    throw new UserError(exitCode.interrupted, 'interrupted; everything is put back');
  } finally {
    for (const name of names) process.off(name, onSignal);
  }
}

function requireCores(cores: Cores, machineCores: readonly number[]): void {
  const absent = cores.find((core) => !machineCores.includes(core));
  if (absent === undefined) return;
  throw badOption('--cores', `two of ${machineCores.join(', ')}`, cores.join());
}

export function badOption(option: string, expected: string, got: string): UserError {
  return new UserError(exitCode.badInput, `${option}: expected ${expected}, got ${got}`);
}

export function readCores(text: string): Cores {
  const [, a, b] = /^(\d{1,4}),(\d{1,4})$/.exec(text) ?? [];
  if (a === undefined || b === undefined || Number(a) === Number(b))
    throw badOption('--cores', 'two cores, for example 0,1', text);
  return [Number(a), Number(b)];
}

export function readWhole(option: string, text: string, most: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > most) throw badOption(option, `a whole number from 1 to ${most}`, text);
  return number;
}

/** Stores the result where --out says, or under results/bench/, and returns where that is. */
export async function store(
  result: { readonly date: string },
  name: string,
  out: string | undefined,
): Promise<string> {
  const file = resolve(
    out ?? join(root, 'results/bench', `${name}-${result.date.replaceAll(':', '-')}.json`),
  );
  await mkdir(dirname(file), { recursive: true });
  await writeAtomically(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}
