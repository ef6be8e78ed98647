import { join } from 'node:path';
import type { Progress } from '../model/progress.ts';
import { pageSizesBytes } from '../model/page-size.ts';
import type { LocalTestbedEnv } from './env.ts';
import { readFacts } from './facts.ts';
import { defaultStateDir, hold, runJournal } from './hold.ts';
import type { Observer } from './hold.ts';
import { nodeOfCore } from './numa.ts';
import { noPage, pageProblem, pages1G, readPages, type PageDirectory } from './pages.ts';
import type { Testbed } from './parse.ts';
import { memoryAvailableBytes } from './probe.ts';
import { runSteps } from './steps.ts';

/** Each run has a directory of its own below it. */
export const defaultRunRoot = '/run/netvm';

export interface LocalTestbedOptions {
  /** Run id: names the run directory. */
  readonly runId: string;
  /** The repository, for the facts. */
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly stateDir?: string;
  readonly runRoot?: string;
  /** Sizes of pages other than 2 MB that cells need, in bytes. */
  readonly pageSizesBytes?: readonly number[];
  readonly observe?: Observer;
}

/**
 * Provisions this machine, calls `use`, and puts everything back, however `use` ends. Aborting is for `use` to
 * notice; what it leaves is undone here.
 */
export async function withLocalTestbed<T>(
  testbed: Testbed,
  options: LocalTestbedOptions,
  use: (env: LocalTestbedEnv) => Promise<T>,
): Promise<T> {
  const runDir = join(options.runRoot ?? defaultRunRoot, options.runId);
  const hugeDir = join(runDir, 'huge');
  options.signal.throwIfAborted();
  options.progress.detail(`provisioning ${testbed.name}: huge pages, run directory`);
  const facts = await readFacts(options.root);
  const journalFile = runJournal(options.stateDir ?? defaultStateDir, testbed.name);
  const { directories, wanted } = pageDirectories(runDir, options.pageSizesBytes ?? []);
  const steps = runSteps({ pages2M: testbed.pages2M, runDir, hugeDir, ...wanted });
  const held = await hold(journalFile, options.runId, steps, options.observe);
  try {
    options.signal.throwIfAborted();
    const { name, generatorCore, deviceCore, nfCores, txCores, rxCores } = testbed;
    const deviceNode = nodeOfCore(deviceCore);
    const cores = { generatorCore, deviceCore, nfCores, deviceNode, txCores, rxCores };
    return await use({ name, ...cores, runDir, hugeDir, pageDirs: directories(), facts });
  } finally {
    await held.release();
  }
}

/** Mounts for the sizes that this machine can have; and, once everything is provisioned, where each is or why it is not. */
function pageDirectories(runDir: string, sizesBytes: readonly number[]) {
  const problems = new Map(sizesBytes.map((size) => [size, pageProblem(size, memoryAvailableBytes())]));
  const can = (size: number) => problems.get(size) === null;
  const { '1 GB': giga, '4 KB': ordinary } = pageSizesBytes;
  const [gigaDir, ordinaryDir] = [join(runDir, 'huge-1g'), join(runDir, 'pages-4k')];
  const directoryOf = (size: number, problem: string | null): PageDirectory => {
    if (problem !== null) return { missing: problem };
    if (size === giga && readPages(size).free < pages1G) return { missing: noPage(size) };
    return { directory: size === giga ? gigaDir : ordinaryDir };
  };
  return {
    wanted: { ...(can(giga) && { gigaDir }), ...(can(ordinary) && { ordinaryDir }) },
    directories: () =>
      Object.fromEntries([...problems].map(([size, problem]) => [String(size), directoryOf(size, problem)])),
  };
}
