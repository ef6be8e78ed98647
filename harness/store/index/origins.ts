import { readFileSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { countOf, numberOf, textOf } from './rows.ts';
import type { RunIndex } from './database.ts';
import type { Sql } from './sql.ts';

/** A directory of runs, on a machine: what tells archives of several apart in one index. */
export interface Origin {
  /** Machines are cloned, and host names given twice; both at once is rare. */
  readonly machine: string;
  readonly host: string;
  readonly dir: string;
}

/** An index in a file lies in its directory, and goes where that goes. */
const itself: Origin = { machine: '', host: '', dir: '' };

export function originOf(index: RunIndex, dir: string): Origin {
  return index.file === null ? { machine: machineId(), host: hostname(), dir: realpathSync(dir) } : itself;
}

/** What the system calls this machine; empty where it does not say, as in some containers. */
function machineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim().slice(0, 100);
  } catch {
    return '';
  }
}

/** Its number; null where nothing of it is in the index. */
export async function findOrigin(sql: Sql, { machine, host, dir }: Origin): Promise<number | null> {
  const [row] = await sql.all('SELECT origin_id FROM origins WHERE machine = ? AND host = ? AND dir = ?', [
    machine,
    host,
    dir,
  ]);
  return row === undefined ? null : numberOf(row, 'origin_id');
}

/** The same, and it is added where it was not. */
export async function ensureOrigin(index: RunIndex, origin: Origin): Promise<number> {
  const found = await findOrigin(index, origin);
  if (found !== null) return found;
  return index.transaction(async (sql) => {
    const meanwhile = await findOrigin(sql, origin);
    if (meanwhile !== null) return meanwhile;
    const [row] = await sql.all('SELECT COALESCE(MAX(origin_id), 0) AS last FROM origins');
    const id = countOf(row, 'last') + 1;
    await sql.insert('origins', [[id, origin.machine, origin.host, origin.dir]]);
    return id;
  });
}

/** All there are, as `host:/dir`, by their numbers. */
export async function originNames(sql: Sql): Promise<Map<number, string>> {
  const rows = await sql.all('SELECT origin_id, host, dir FROM origins');
  return new Map(
    rows.map((row) => [numberOf(row, 'origin_id'), `${textOf(row, 'host')}:${textOf(row, 'dir')}`]),
  );
}
