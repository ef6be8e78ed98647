import type { HostFacts } from '../model/run.ts';

/** A provisioned local testbed, as a run sees it. Everything in it is put back when the run ends. */
export interface LocalTestbedEnv {
  /** The testbed's name, as in its file. */
  readonly name: string;
  readonly generatorCore: number;
  readonly deviceCore: number;
  /** Where packets are sent and received; on `generatorCore` both where left out. */
  readonly txCores?: readonly number[];
  readonly rxCores?: readonly number[];
  /** Directory of this run alone (mode 0700) for sockets and telemetry; an absolute path. */
  readonly runDir: string;
  /** A hugetlbfs (2 MB pages, mode 0700) of this run alone. */
  readonly hugeDir: string;
  readonly facts: HostFacts;
}

type Cores = Pick<LocalTestbedEnv, 'generatorCore' | 'txCores' | 'rxCores'>;

/** Cores on which the generator's loops run, in order: those that send, then those that only receive. */
export function generatorCores({ generatorCore, ...env }: Cores): readonly number[] {
  const { txCores = [generatorCore], rxCores = [generatorCore] } = env;
  return [...new Set([...txCores, ...rxCores])];
}

/** The loops that a queue of the wire depends on, by their cores. */
export interface QueueCores {
  readonly sender: number;
  readonly receiver: number;
}

/** One for each sender; what comes back on queue i goes to receiver i modulo their number. */
export function queueCores({ generatorCore, ...env }: Cores): readonly QueueCores[] {
  const { txCores = [generatorCore], rxCores = [generatorCore] } = env;
  return txCores.map((sender, i) => ({ sender, receiver: rxCores[i % rxCores.length] ?? generatorCore }));
}
