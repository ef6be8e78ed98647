import { exitCode, UserError } from '../../model/errors.ts';
import { openPostgres } from './postgres.ts';
import { textOf } from './rows.ts';
import type { Database } from './sql.ts';
import { isUnwritable, openSqlite } from './sqlite.ts';
import { createTables, dropTables, indexVersion } from './tables.ts';

/** Where the index of a directory of runs is, below it. */
export const indexFile = '.index.sqlite';

/** An open index. It holds nothing that the archives do not: deleting it loses nothing. */
export interface RunIndex extends Database {
  /** The file that it is in; null where a server has it. */
  readonly file: string | null;
}

/**
 * Opens an index in a file, or makes it; one of another version is built anew. Several processes may have it open and update it at once. Throws UserError (2)
 * where the file is something else, or cannot be written. `:memory:` is one that is gone when it is closed.
 */
export async function openIndex(file: string): Promise<RunIndex> {
  try {
    return await openFile(file);
  } catch (error) {
    throw explained(file, error);
  }
}

/** The same, but in memory where the file cannot be written: reading runs takes no right to write beside them. */
export async function openIndexOrMemory(file: string): Promise<RunIndex> {
  try {
    return await openFile(file);
  } catch (error) {
    if (isUnwritable(error)) return openFile(':memory:');
    throw explained(file, error);
  }
}

async function openFile(file: string): Promise<RunIndex> {
  const database = openSqlite(file);
  return whole({ ...database, file }, async () => {
    await prepareTables(database, 'rebuild', `give another file`);
  });
}

/**
 * Opens the index of a lab on a PostgreSQL server, or makes it in an empty database. Throws UserError: 3 where the server cannot be reached, 2 where it does not let us in, or the
 * database is another program's or an index of another version: others may still read that, so it is not built anew.
 */
export async function openSharedIndex(address: string): Promise<RunIndex> {
  const database = await openPostgres(address);
  return whole({ ...database, file: null }, async () => {
    await prepareTables(database, 'refuse', `give an empty one (createdb NAME)`);
  });
}

async function whole(index: RunIndex, prepare: () => Promise<void>): Promise<RunIndex> {
  try {
    await prepare();
    return index;
  } catch (error) {
    await index.close();
    throw error;
  }
}

function explained(file: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new UserError(
    exitCode.badInput,
    `${file} is no index of runs (${reason}): delete it, nothing is lost, since the runs are the truth; or give another file.`,
  );
}

async function prepareTables(
  database: Database,
  ofOtherVersion: 'rebuild' | 'refuse',
  otherwise: string,
): Promise<void> {
  if ((await versionOf(database)) === indexVersion) return;
  await database.transaction(async (sql) => {
    // Another process may have been faster.
    const version = await versionOf(sql);
    if (version === indexVersion) return;
    if (version === null && (await sql.countTables()) > 0)
      throw new UserError(
        exitCode.badInput,
        `${database.name} is a database of another program, no index of runs: ${otherwise}.`,
      );
    if (version !== null) {
      if (ofOtherVersion === 'refuse') throw otherVersion(database.name, version);
      for (const statement of dropTables) await sql.all(statement);
    }
    for (const statement of createTables) await sql.all(statement);
    await sql.insert('meta', [[versionKey, indexVersion]]);
  });
}

const versionKey = 'netvm-index';

function otherVersion(name: string, version: string): UserError {
  return new UserError(
    exitCode.badInput,
    `${name} is an index of version ${version}, and this harness has ${indexVersion}: use the same harness everywhere, or another database; or empty this one (dropdb, createdb), and each directory of runs is indexed anew when it is next looked at.`,
  );
}

/** Null where it has none. */
async function versionOf(sql: Pick<Database, 'all' | 'hasTable'>): Promise<string | null> {
  if (!(await sql.hasTable('meta'))) return null;
  const [row] = await sql.all('SELECT value FROM meta WHERE key = ?', [versionKey]);
  return row === undefined ? null : textOf(row, 'value', 100);
}
