import { join } from 'node:path';
import type { Progress } from '../model/progress.ts';
import type { LocalTestbedEnv } from './env.ts';
import { readFacts } from './facts.ts';
import { defaultStateDir, hold, runJournal } from './hold.ts';
import type { Observer } from './hold.ts';
import type { Testbed } from './parse.ts';
import { runSteps } from './steps.ts';

export interface LocalTestbedOptions {
  /** Run id: names the run directory. */
  readonly runId: string;
  /** The repository, for the facts. */
  readonly root: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly stateDir?: string;
  readonly runRoot?: string;
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
  const runDir = join(options.runRoot ?? '/run/netvm', options.runId);
  const hugeDir = join(runDir, 'huge');
  options.signal.throwIfAborted();
  options.progress.detail(`provisioning ${testbed.name}: huge pages, run directory`);
  const facts = await readFacts(options.root);
  const journalFile = runJournal(options.stateDir ?? defaultStateDir, testbed.name);
  const steps = runSteps({ pages2M: testbed.pages2M, runDir, hugeDir });
  const held = await hold(journalFile, options.runId, steps, options.observe);
  try {
    options.signal.throwIfAborted();
    const { name, generatorCore, deviceCore, txCores, rxCores } = testbed;
    return await use({ name, generatorCore, deviceCore, txCores, rxCores, runDir, hugeDir, facts });
  } finally {
    await held.release();
  }
}
