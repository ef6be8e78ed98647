import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readProcessStat, readProcFile } from './process-stat.ts';

/**
 * Bytes of memory that a process and all those below it have for themselves: pages that nobody else maps (`Private_Clean` and `Private_Dirty` of
 * smaps_rollup, proc_pid_smaps(5)). Huge pages of a hugetlbfs are in neither, and what two map is private to none. Null where the process is
 * gone. `procRoot` is /proc, or a directory that looks like it.
 */
export function privateBytes(pid: number, procRoot = '/proc'): number | null {
  const own = rollup(pid, procRoot);
  if (own === null) return null;
  const below = descendants(pid, parents(procRoot));
  return below.reduce((sum, child) => sum + (rollup(child, procRoot) ?? 0), own);
}

function rollup(pid: number, procRoot: string): number | null {
  const text = readProcFile(join(procRoot, String(pid), 'smaps_rollup'));
  if (text === null || text === '') return null;
  const kilobytes = [...text.matchAll(/^Private_(?:Clean|Dirty):\s+([0-9]+) kB$/gm)];
  return kilobytes.reduce((sum, [, count]) => sum + Number(count) * 1024, 0);
}

/** Of every process there is, whose child it is. */
function parents(procRoot: string): ReadonlyMap<number, number> {
  const pids = readdirSync(procRoot).filter((name) => /^[1-9][0-9]*$/.test(name));
  return new Map(
    pids.flatMap((pid) => {
      const stat = readProcessStat(Number(pid), procRoot);
      return stat === null ? [] : [[Number(pid), stat.parentPid] as const];
    }),
  );
}

function descendants(pid: number, parentOf: ReadonlyMap<number, number>): number[] {
  const children = [...parentOf].filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendants(child, parentOf)]);
}
