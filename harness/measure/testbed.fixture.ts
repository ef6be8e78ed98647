import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pageSizesBytes, usualPageSizeBytes } from '../model/page-size.ts';
import { silent } from '../model/progress.ts';
import type { LocalTestbedEnv } from '../testbed/env.ts';
import { withLocalTestbed } from '../testbed/local.ts';
import type { BenchOptions } from './bench.ts';

export const root = join(import.meta.dirname, '../..');
export const native = join(root, 'native/build/bin');

/** The real testbed, for a test: two cores, its own run directory and huge pages, all put back. */
export async function withRealTestbed<T>(use: (env: LocalTestbedEnv) => Promise<T>): Promise<T> {
  const base = mkdtempSync(join(tmpdir(), 'netvm-measure-'));
  const testbed = {
    name: 'local',
    kind: 'local',
    generatorCore: 0,
    deviceCore: 1,
    nfCores: [],
    txCores: [0],
    rxCores: [0],
    pages2M: 448,
    generatorFiles: {},
  } as const;
  const options = {
    runId: 'test',
    root,
    signal: new AbortController().signal,
    progress: silent,
    pageSizesBytes: Object.values(pageSizesBytes).filter((size) => size !== usualPageSizeBytes),
    stateDir: join(base, 'state'),
    runRoot: join(base, 'run'),
  };
  try {
    return await withLocalTestbed(testbed, options, use);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

export function benchOptions(env: LocalTestbedEnv): BenchOptions {
  return { env, native, signal: new AbortController().signal, name: 'bench' };
}
