import { pageSizeWords } from '../model/page-size.ts';
import type { Cell, DeviceCores, HostFacts } from '../model/run.ts';
import type { PageDirectory } from './pages.ts';

/** A provisioned local testbed, as a run sees it. Everything in it is put back when the run ends. */
export interface LocalTestbedEnv {
  /** The testbed's name, as in its file. */
  readonly name: string;
  readonly generatorCore: number;
  readonly deviceCore: number;
  /** Of the NFs, in the order of the chain; left out or empty: they share `deviceCore`. */
  readonly nfCores?: readonly number[];
  /** The NUMA node of `deviceCore`; null, or left out, where the machine has one node. */
  readonly deviceNode?: number | null;
  /** Where packets are sent and received; on `generatorCore` both where left out. */
  readonly txCores?: readonly number[];
  readonly rxCores?: readonly number[];
  /** Directory of this run alone (mode 0700) for sockets and telemetry; an absolute path. */
  readonly runDir: string;
  /** A hugetlbfs (2 MB pages, mode 0700) of this run alone. */
  readonly hugeDir: string;
  /** The same for pages of other sizes, by their bytes, as far as the run asked for them. */
  readonly pageDirs?: Readonly<Record<string, PageDirectory>>;
  readonly facts: HostFacts;
}

/** Where a cell's region is to be put. Throws an Error with the sentence where this machine has no such pages. */
export function regionDirectory(env: LocalTestbedEnv, { hugePageSizeBytes }: Cell): string {
  if (hugePageSizeBytes === undefined) return env.hugeDir;
  const found = env.pageDirs?.[hugePageSizeBytes];
  if (found === undefined)
    throw new Error(`nothing was provisioned for pages of ${pageSizeWords(hugePageSizeBytes)}`);
  if ('missing' in found) throw new Error(found.missing);
  return found.directory;
}

type Cores = Pick<LocalTestbedEnv, 'generatorCore' | 'txCores' | 'rxCores'>;

/** Cores on which the generator's loops run, in order: those that send, then those that only receive. */
export function generatorCores({ generatorCore, ...env }: Cores): readonly number[] {
  const { txCores = [generatorCore], rxCores = [generatorCore] } = env;
  return [...new Set([...txCores, ...rxCores])];
}

/** Cores of the device: the data plane's own, then its NFs'. */
export function deviceCores({
  deviceCore,
  nfCores = [],
}: Pick<LocalTestbedEnv, 'deviceCore' | 'nfCores'>): readonly number[] {
  return [deviceCore, ...nfCores];
}

/** Every core that a loop runs on, in the order in which a run looks at them. */
export function allCores(env: Cores & Pick<LocalTestbedEnv, 'deviceCore' | 'nfCores'>): number[] {
  return [...new Set([...generatorCores(env), ...deviceCores(env)])];
}

/** Which core is whose, as a run keeps it; undefined where the NFs have none of their own. */
export function deviceOf({
  deviceCore: core,
  nfCores = [],
}: Pick<LocalTestbedEnv, 'deviceCore' | 'nfCores'>): DeviceCores | undefined {
  return nfCores.length > 0 ? { core, nfCores } : undefined;
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
