import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cell } from '../model/run.ts';
import {
  programsOf,
  type Dataplane,
  type DataplaneSite,
  type Processes,
  type RunningDataplane,
} from './dataplane.ts';

/**
 * A data plane that can be killed whole and brought up again while packets come in. `start` starts its processes; after a reset those
 * are new ones, in a directory of their own, so that what the dead ones counted stays to be read.
 */
export function restartable(
  traits: Pick<Dataplane, 'name' | 'queuesMax' | 'onVirtualFunctions'>,
  start: (cell: Cell, site: DataplaneSite) => Promise<Processes>,
): Dataplane {
  return {
    ...traits,
    async up(cell, site): Promise<RunningDataplane> {
      let current = await start(cell, site);
      let resets = 0;
      return {
        get telemetryPaths() {
          return current.telemetryPaths;
        },
        get host() {
          return current.host;
        },
        get nfs() {
          return current.nfs;
        },
        get service() {
          return current.service;
        },
        ...(current.resetNf && { resetNf: async (index, signal) => current.resetNf?.(index, signal) }),
        ...(current.nfCosts && { nfCosts: async (signal) => (await current.nfCosts?.(signal)) ?? [] }),
        async reset(signal) {
          await killAll(current);
          const runDir = join(site.runDir, `reset-${++resets}`);
          mkdirSync(runDir, { mode: 0o700 });
          current = await start(cell, { ...site, runDir, signal });
        },
        down: () => current.down(),
      };
    },
  };
}

/** All at once, as a crash or the kernel would; then what the harness holds of them is put down. */
async function killAll(processes: Processes): Promise<void> {
  const programs = programsOf(processes);
  for (const { child } of programs) child.kill('SIGKILL');
  await Promise.all(programs.map(({ child }) => child.exited));
  await processes.down();
}
